import { attemptProgram } from './run-program.ts';

/** Returns what git prints about a repository; undefined if it fails or is not installed. */
export async function readGit(folder: string, words: readonly string[]): Promise<string | undefined> {
  const result = await attemptProgram('git', ['-C', folder, ...words], { env: 'inherited' }).catch(() => undefined);
  return result?.isSuccess === true ? result.stdout.toString('utf8') : undefined;
}
