import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../kit/index.ts';
import { JobReproduction } from '../protocol/index.ts';
import { download, requestJson, type ServerAccess } from '../client/index.ts';
import { reproduceError } from './errors.ts';

/** A job as it was, in a folder: `reproduction.json`, `log.txt`, `inputs/<job>.zip`. */
export interface Bundle {
  readonly folder: string;
  readonly reproduction: JobReproduction;
}

const DESCRIPTION = 'reproduction.json';

/** Downloads a job's bundle from a server. The description is written last: a bundle that has one is whole. */
export async function fetchBundle(server: ServerAccess, job: string, folder: string): Promise<Bundle> {
  const reproduction = JobReproduction.parse(await requestJson(server, `/api/v1/jobs/${job}/reproduction`));
  await mkdir(join(folder, 'inputs'), { recursive: true });
  await download(server, `/api/v1/jobs/${job}/log`, join(folder, 'log.txt'));
  for (const input of reproduction.inputs)
    await download(server, `/api/v1/jobs/${input.job}/artifacts`, archiveOfInput(folder, input.job));
  return writeBundle(folder, reproduction, server.url);
}

/** Writes the description of a bundle whose parts are there; `server` is where it came from. */
export async function writeBundle(folder: string, reproduction: JobReproduction, server?: string): Promise<Bundle> {
  await writeFile(join(folder, DESCRIPTION), `${JSON.stringify({ ...reproduction, server }, null, 2)}\n`);
  return { folder, reproduction };
}

/** Reads a bundle that was downloaded before. */
export async function readBundle(folder: string): Promise<Bundle & { readonly server?: string }> {
  const file = join(folder, DESCRIPTION);
  try {
    const value = JSON.parse(await readFile(file, 'utf8')) as { server?: unknown };
    const server = typeof value.server === 'string' ? value.server : undefined;
    return { folder, reproduction: JobReproduction.parse(value), server };
  } catch (error) {
    throw reproduceError('REPRODUCE_BUNDLE_INVALID', { folder, reason: messageOf(error) }, { cause: error });
  }
}

export function archiveOfInput(folder: string, job: string): string {
  return join(folder, 'inputs', `${job}.zip`);
}
