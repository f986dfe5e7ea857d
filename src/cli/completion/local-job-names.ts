import manifest from '../../../package.json' with { type: 'json' };
import { prepareRun } from '../../local/index.ts';
import type { CommandContext } from '../command.ts';

/** Returns the names of the jobs of the pipeline in a folder. */
export async function localJobNames({ cwd: folder, env }: CommandContext): Promise<readonly string[]> {
  const request = { options: {}, folder, env, version: manifest.version };
  const { plan } = await prepareRun(request, () => undefined);
  return plan?.jobs.map(({ name }) => name) ?? [];
}
