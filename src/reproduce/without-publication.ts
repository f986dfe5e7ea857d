import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { parseDocument } from 'yaml';
import { atomicWrite, ifExists } from '../kit/index.ts';
import { readEnvironment, type Mirror } from '../spack/index.ts';

/** The binary mirrors that an environment names; none where there is no such file. */
export async function binaryMirrors(file: string): Promise<readonly Mirror[]> {
  const text = await ifExists(readFile(file, 'utf8'));
  return (readEnvironment(text ?? '', file, { specs: false }).environment?.mirrors ?? []).filter(
    ({ binary }) => binary,
  );
}

/**
 * Makes plain `spack ci rebuild` push nowhere but into a folder, and read from there where the job's server gives the
 * mirror. Removes CDash and the list of broken packages: a job that runs again must not publish anything, even if it
 * succeeds.
 */
export async function withoutPublication(
  file: string,
  { own, readFrom }: { readonly own: string; readonly readFrom?: string },
): Promise<void> {
  const mirrors = await binaryMirrors(file);
  const text = await ifExists(readFile(file, 'utf8'));
  if (text === undefined) return;
  const document = parseDocument(text);
  const root = document.has('spack') ? 'spack' : 'env';
  const keys = [['cdash'], ['ci', 'broken-specs-url'], ['gitlab-ci', 'broken-specs-url']];
  const removed = keys.filter((key) => document.hasIn([root, ...key]) && document.deleteIn([root, ...key]));
  if (removed.length === 0 && mirrors.length === 0) return;
  for (const { name, fetchUrl, source } of mirrors) {
    const fetch = { url: readFrom ?? fetchUrl };
    const mirror = { fetch, push: { url: pathToFileURL(own).href }, signed: false, source, binary: true };
    document.setIn([root, 'mirrors', name], document.createNode(mirror));
  }
  await atomicWrite(file, document.toString({ lineWidth: 0 }));
}
