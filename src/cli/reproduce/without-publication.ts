import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { parseDocument } from 'yaml';
import { atomicWrite, hasCode } from '../../kit/index.ts';
import { readEnvironment } from '../../spack/index.ts';
import type { Mirror } from '../../spack/index.ts';

/** The binary mirrors that an environment names; none where there is no such file. */
export async function binaryMirrors(file: string): Promise<readonly Mirror[]> {
  const text = await readText(file);
  return (readEnvironment(text ?? '', file, { specs: false }).environment?.mirrors ?? []).filter(
    ({ binary }) => binary,
  );
}

/**
 * Makes plain `spack ci rebuild` push nowhere but into a folder, and read from there where the job's server gives the mirror:
 * a job that is run again must change nothing, even if it succeeds.
 */
export async function redirectMirrors(
  file: string,
  { own, readFrom }: { readonly own: string; readonly readFrom?: string },
): Promise<void> {
  const mirrors = await binaryMirrors(file);
  const text = await readText(file);
  if (text === undefined || mirrors.length === 0) return;
  const document = parseDocument(text);
  const root = document.has('spack') ? 'spack' : 'env';
  for (const { name, fetchUrl, source } of mirrors) {
    const fetch = { url: readFrom ?? fetchUrl };
    const mirror = { fetch, push: { url: pathToFileURL(own).href }, signed: false, source, binary: true };
    document.setIn([root, 'mirrors', name], document.createNode(mirror));
  }
  await atomicWrite(file, document.toString({ lineWidth: 0 }));
}

async function readText(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  });
}
