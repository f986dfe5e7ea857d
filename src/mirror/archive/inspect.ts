import { text } from 'node:stream/consumers';
import { messageOf } from '../../kit/index.ts';
import { readSpecFile, type BuildcacheName, type SpecNode } from '../../spack/index.ts';
import { blamingBytes, openBlob } from '../entries/blob-bytes.ts';
import { checkBlob, entryName, type ExpectedBlob } from '../entries/blob-records.ts';
import { mirrorError } from '../errors.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { readArchive, type ArchiveFacts, type ArchiveReading } from './read-archive.ts';

const MAX_SPEC_TEXT = 64 * 2 ** 20;

/**
 * Reads a tarball of the store from beginning to end: bytes against the record, entries against the rules, and the
 * spec file inside against the package's hash. What it returns can be signed.
 */
export async function inspectTarball(
  store: ObjectStore,
  { id, record }: { readonly id: BuildcacheName; readonly record: ExpectedBlob },
): Promise<ArchiveFacts> {
  const label = { entry: entryName(id), part: 'tarball' };
  const blob = { store, record, label };
  const specs = new Map<string, string>();
  const reading: ArchiveReading = {
    source: await openBlob(blob),
    linkRoots: (prefix) => dependencyPrefixes(prefix, specs.get(prefix)),
    onEntry: async (entry, body) => {
      if (entry.kind !== 'file' || !entry.name.endsWith('/.spack/spec.json') || entry.size > MAX_SPEC_TEXT) return;
      specs.set(`/${entry.name.slice(0, -'/.spack/spec.json'.length)}`, await text(body));
    },
  };
  const facts = await blamingBytes(blob, () => readArchive(reading));
  checkBlob(record, facts, label);
  checkSpecInside(specs.get(facts.prefix), id);
  return facts;
}

/** The spec file inside of a tarball must be the package's: else one package's files could go under another's name. */
export function checkSpecInside(text: string | undefined, id: BuildcacheName): void {
  const entry = entryName(id);
  if (text === undefined)
    throw mirrorError('MIRROR_TARBALL_MISMATCH', { entry, found: 'no spec file (`.spack/spec.json`)' });
  let hash: string;
  try {
    hash = readSpecFile(text).nodes[0].hash;
  } catch (error) {
    throw mirrorError(
      'MIRROR_TARBALL_MISMATCH',
      { entry, found: `a spec file that cannot be read: ${messageOf(error)}` },
      { cause: error },
    );
  }
  if (hash !== id.hash) throw mirrorError('MIRROR_TARBALL_MISMATCH', { entry, found: `the files of /${hash}` });
}

/** Prefixes that packages of this closure have beside `prefix`: in the same folder, or at their external paths. */
export function siblingPrefixes(prefix: string, nodes: readonly SpecNode[]): readonly string[] {
  const folder = prefix.slice(0, prefix.lastIndexOf('/'));
  return nodes.map((node) => node.external?.path ?? `${folder}/${node.name}-${node.version}-${node.hash}`);
}

/** The same for the spec file's text that an archive holds; none if there is no text or it cannot be read. */
function dependencyPrefixes(prefix: string, specText: string | undefined): readonly string[] {
  if (specText === undefined) return [];
  try {
    return siblingPrefixes(prefix, readSpecFile(specText).nodes);
  } catch {
    return []; // the check of the spec file itself reports it
  }
}
