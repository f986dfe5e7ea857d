import { parseSpec, type BuildcacheName } from '../../spack/index.ts';
import type { Entry, ReadOptions } from '../entries/entry.ts';
import { mirrorError } from '../errors.ts';
import type { MirrorLayout } from './layout.ts';
import { searchLayout } from './search-layout.ts';

/** Returns the one package whose hash begins with these characters. */
export async function findByHash(layout: MirrorLayout, start: string): Promise<BuildcacheName> {
  const found: BuildcacheName[] = [];
  for await (const id of layout.list()) if (id.hash.startsWith(start)) found.push(id);
  const [one] = found;
  if (one === undefined || found.length > 1)
    throw mirrorError('MIRROR_ENTRY_UNCLEAR', { mirror: layout.store.url, hash: start, count: found.length });
  return one;
}

/** Reads the one entry that a spec matches. */
export async function findBySpec(layout: MirrorLayout, spec: string, read: ReadOptions): Promise<Entry> {
  const mirror = layout.store.url;
  const { found } = await searchLayout(layout, parseSpec(spec));
  const [one, ...others] = found;
  const packages = found.map(({ name, version, hash }) => `${name}@${version} /${hash}`).join(', ');
  if (others.length > 0) throw mirrorError('MIRROR_SPEC_UNCLEAR', { mirror, spec, packages });
  const entry = one && (await layout.read(one, read));
  if (entry === undefined) throw mirrorError('MIRROR_SPEC_MISSING', { mirror, spec });
  return entry;
}
