import { attemptProgram, messageOf } from '../../kit/index.ts';
import { serverError } from '../errors.ts';
import type { SystemUser } from './system-user.ts';

const READ = 'for (const path of process.argv.slice(1)) require("node:fs").accessSync(path)';

/** Throws SERVER_USER_CANNOT_READ if a user cannot run Node.js, or read files that the server is started with. */
export async function checkPrograms(user: SystemUser, files: readonly string[]): Promise<void> {
  const words = ['-e', READ, ...files];
  const reason = await attemptProgram(process.execPath, words, { env: {}, cwd: '/', user }).then(
    (result) => (result.isSuccess ? undefined : (/Error: (.*)/.exec(result.output)?.[1] ?? result.reason)),
    messageOf,
  );
  if (reason !== undefined) throw serverError('SERVER_USER_CANNOT_READ', { user: user.name, reason });
}
