import { SlipwayError, messageOf, sha256 } from '../../kit/index.ts';
import { dependenciesOf, readIndexFile, v2IndexHashKey, v2IndexKey } from '../../spack/index.ts';
import { finding, type MirrorFinding } from '../maintenance/finding.ts';
import { verifyMirror, type VerifyOptions } from '../maintenance/verify.ts';
import { digestBlob } from '../entries/blob-bytes.ts';
import { entryName } from '../entries/blob-records.ts';
import type { Entry } from '../entries/entry.ts';
import type { MirrorLayout } from './layout.ts';

/** `verifyMirror` for any layout: entries, tarballs, dependencies, index. Of v2 it finds no litter and no replay. */
export async function* verifyLayout(layout: MirrorLayout, options: VerifyOptions): AsyncIterable<MirrorFinding> {
  if (layout.kind === 'v3') {
    yield* verifyMirror(layout.store, options);
    return;
  }
  const entries = new Map<string, Entry>();
  for await (const id of layout.list()) {
    try {
      const entry = await layout.read(id, options);
      if (entry !== undefined) entries.set(id.hash, entry);
    } catch (error) {
      if (!(error instanceof SlipwayError) || error.code.startsWith('MIRROR_STORE_')) throw error;
      yield finding('entry-invalid', entryName(id), { code: error.code, message: `${error.message} [${error.code}]` });
    }
  }
  for (const entry of entries.values()) yield* verifyEntry(layout, entry, { entries, options });
  yield* verifyIndex(layout, entries);
}

async function* verifyEntry(
  layout: MirrorLayout,
  { id, spec, tarball }: Entry,
  { entries, options }: { entries: ReadonlyMap<string, Entry>; options: VerifyOptions },
): AsyncIterable<MirrorFinding> {
  const name = entryName(id);
  let isGood = true;
  if (options.readTarballs !== false) {
    const found = (await digestBlob(layout.store, tarball.sha256, tarball.key))?.sha256 ?? 'of nothing';
    isGood = found === tarball.sha256;
    const message = `The tarball of \`${name}\` has SHA-256 \`${found}\`, not \`${tarball.sha256}\``;
    if (!isGood) yield finding('tarball-damaged', name, { message });
  }
  const external = new Set(spec.nodes.filter((node) => node.external !== undefined).map(({ hash }) => hash));
  for (const { name: needed, hash } of dependenciesOf(spec.nodes[0], ['link', 'run'])) {
    if (entries.has(hash) || external.has(hash)) continue;
    isGood = false;
    const message = `\`${name}\` needs \`${needed}/${hash}\`, which has no valid entry`;
    yield finding('dependency-missing', name, { message });
  }
  if (isGood) yield finding('ok', name, { message: `\`${name}\` is as its spec file says` });
}

async function* verifyIndex(
  { store }: MirrorLayout,
  entries: ReadonlyMap<string, Entry>,
): AsyncIterable<MirrorFinding> {
  const text = await store.get(v2IndexKey);
  if (text === undefined) {
    yield finding('index-missing', 'index', { message: 'There is no index' });
    return;
  }
  const told = (await store.get(v2IndexHashKey))?.toString().trim();
  if (told !== undefined && told !== sha256(text))
    yield finding('index-unreadable', 'index', { message: `Its \`.hash\` says \`${told}\`, not \`${sha256(text)}\`` });
  let indexed: ReadonlySet<string>;
  try {
    const { installs } = readIndexFile(text.toString());
    indexed = new Set([...installs].filter(([, one]) => one.in_buildcache).map(([hash]) => hash));
  } catch (error) {
    yield finding('index-unreadable', 'index', { message: `The index can not be read: ${messageOf(error)}` });
    return;
  }
  for (const [hash, { id }] of entries)
    if (!indexed.has(hash))
      yield finding('not-in-index', entryName(id), { message: `\`${entryName(id)}\` is not in the index` });
  for (const hash of indexed)
    if (!entries.has(hash))
      yield finding('index-names-absent', hash, { message: `The index names \`/${hash}\`, which has no valid entry` });
}
