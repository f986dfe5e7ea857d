import { createColors } from 'picocolors';
import manifest from '../../../package.json' with { type: 'json' };
import { listJobs } from '../../local/index.ts';
import type { CommandContext } from '../command.ts';

/** Returns the names of the jobs of the pipeline in a folder. */
export async function localJobNames({
  cwd: folder,
  env,
  signal,
}: Pick<CommandContext, 'cwd' | 'env' | 'signal'>): Promise<readonly string[]> {
  const names: string[] = [];
  const ignore = (): void => undefined;
  const json = (value: unknown): void => {
    const { event, name } = value as { event: string; name: string };
    if (event === 'job') names.push(name);
  };
  const terminal = { colors: createColors(false), data: ignore, note: ignore, json };
  await listJobs({ options: { json: true }, folder, env, signal, terminal, version: manifest.version });
  return names;
}
