import { readFile, readdir, rm, stat, utimes } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as z from 'zod';
import { atomicWrite, sha256 } from '../../kit/index.ts';
import { configurationScopes, environmentSection, includedPaths, pathExpander } from './configuration-paths.ts';
import { configFiles } from './named-compilers.ts';
import { pathDigest, textOf } from './path-state.ts';
import { decidingVariables } from './solve-key.ts';
import type { SpackSession } from './spack-session.ts';
import { StoreLayout } from './store-layout.ts';

/** The layout of a lock's packages, and whether Spack's own configuration puts them into Spack's folder. */
const KnownLayout = z.object({ layout: StoreLayout, isInSpack: z.boolean() });
export type KnownLayout = z.infer<typeof KnownLayout>;

interface LayoutInput {
  readonly session: SpackSession;
  /** The environment as it was locked; that of the session is elsewhere in each job. */
  readonly environment: string;
  readonly lock: string;
  readonly namespaces: boolean;
}

const KEPT = 30;

/**
 * The layouts that earlier jobs of this user have read from Spack, which takes as long as installing a small package.
 * One file holds the prefixes of a lock, as all jobs of a pipeline need them. The install compares it with Spack's own
 * answer before it begins (`install-package.ts`), so the key decides only how often that differs; except for a store in
 * Spack's own folder, which we replace: all that can configure a store is part of the key.
 */
export class KnownLayouts {
  readonly #folder: string;

  constructor(cacheFolder: string) {
    this.#folder = join(cacheFolder, 'layouts');
  }

  /** Returns the remembered layout, or that which `read` returns, and the file that remembers it. */
  async find(input: LayoutInput, read: () => Promise<KnownLayout>): Promise<KnownLayout & { readonly file?: string }> {
    const key = await layoutKey(input);
    if (key === undefined) return read();
    const file = join(this.#folder, `${key}.json`);
    const known = await readKnown(file);
    if (known !== undefined) return { ...known, file };
    const found = await read();
    await atomicWrite(file, JSON.stringify(found));
    await this.#removeOldest();
    return { ...found, file };
  }

  async #removeOldest(): Promise<void> {
    const names = await readdir(this.#folder).catch(() => []);
    if (names.length <= KEPT) return;
    const paths = names.map((name) => join(this.#folder, name));
    const times = paths.map(async (path) => ({ path, time: (await stat(path).catch(() => undefined))?.mtimeMs ?? 0 }));
    const sorted = (await Promise.all(times)).toSorted((a, b) => b.time - a.time);
    for (const { path } of sorted.slice(KEPT)) await rm(path, { force: true });
  }
}

async function readKnown(file: string): Promise<KnownLayout | undefined> {
  try {
    const known = KnownLayout.parse(JSON.parse(await readFile(file, 'utf8')));
    const now = new Date();
    await utimes(file, now, now);
    return known;
  } catch {
    return undefined;
  }
}

/** Undefined where configuration is included that is not read here. */
async function layoutKey({ session, environment, lock, namespaces }: LayoutInput): Promise<string | undefined> {
  const { spack, variables } = session;
  const file = join(environment, 'spack.yaml');
  const yaml = await textOf(file);
  const included = includedPaths(environmentSection(yaml, file), pathExpander(environment, spack, variables));
  const scopes = configurationScopes(spack, variables);
  const files = (await Promise.all(scopes.map((scope) => configFiles(scope, ['config', 'include'])))).flat();
  const defaults = join(spack.root, 'etc/spack/defaults/');
  if (included === undefined) return undefined;
  if (files.some((one) => basename(one, '.yaml') === 'include' && !one.startsWith(defaults))) return undefined;
  const texts = [yaml, ...(await Promise.all([...included.map(pathDigest), ...files.map(textOf)]))];
  const named = texts.flatMap((text) => [...text.matchAll(/\$\{?(\w+)/g)].map(([, name = '']) => name));
  const parts = [
    'layout-1',
    spack.root,
    spack.version,
    spack.commit,
    String(namespaces),
    sha256(lock),
    ...texts,
    ...[...new Set(named)].toSorted().map((name) => `${name}=${variables[name] ?? ''}`),
    ...decidingVariables(variables),
  ];
  return sha256(JSON.stringify(parts));
}
