import { chmod, copyFile, mkdir, mkdtemp, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { removeTree } from '../../kit/index.ts';
import { closure, dependenciesOf, nodeOf, packageTitle, type Lockfile, type SpecNode } from '../../spack/index.ts';
import type { BuildRequest } from '../builder.ts';
import { pathExists, storeMarks } from '../store-marks.ts';
import { spackCommand } from './spack-session.ts';
import { storeDatabase } from './store-database.ts';
import type { BuildSetup } from './build-setup.ts';

/**
 * Puts what a package needs into the store, from the mirror, moved to where this store has it, and makes it known to
 * Spack's database. In a namespace the store is the job's own. Elsewhere jobs share it: complete dependencies stay, and
 * what an earlier build left of the package itself is removed.
 */
export async function placeDependencies(
  request: BuildRequest,
  { node, setup, time }: { node: SpecNode; setup: BuildSetup; time: number },
): Promise<void> {
  const { lock, hash } = request;
  const needed = neededFor(lock, node, request.runTests);
  await placeSbang(setup);
  await removePackage(setup, node);
  for (const one of needed) {
    request.signal?.throwIfAborted();
    await place(request, { node: one, setup });
  }
  const { session, settings, layout, view, onDisk } = setup;
  if (view === undefined) {
    await spackCommand(session, ['reindex'], { settings, isQuiet: true });
    return;
  }
  const folder = onDisk(`${layout.root}/.spack-db`);
  await mkdir(folder, { recursive: true });
  const installed = new Set(needed.map((one) => one.hash));
  const text = storeDatabase({ spack: session.spack, lock, hash, installed, prefixes: layout.prefixes, time });
  await writeFile(join(folder, 'index.json'), text);
}

/** What must be in place: direct dependencies of every type, and all that those link or run; externals are. */
function neededFor(lock: Lockfile, node: SpecNode, withTests: boolean): readonly SpecNode[] {
  const types = ['build', 'link', 'run', ...(withTests ? (['test'] as const) : [])] as const;
  const direct = dependenciesOf(node, types).map((one) => one.hash);
  const hashes = closure(lock, direct, ['link', 'run']);
  return [...hashes].map((hash) => nodeOf(lock, hash)).filter((one) => one.external === undefined);
}

/** Beside its place and then renamed, so that a prefix is there whole or not at all. */
async function place(request: BuildRequest, { node, setup }: { node: SpecNode; setup: BuildSetup }): Promise<void> {
  const { layout, onDisk } = setup;
  const prefix = layout.prefixes[node.hash] ?? '';
  const folder = onDisk(prefix);
  const marks = storeMarks(onDisk(layout.root));
  if ((await marks.has(node.hash)) && (await pathExists(folder))) return;
  await removeTree(folder);
  await mkdir(dirname(folder), { recursive: true });
  const beside = await mkdtemp(join(dirname(folder), '.slipway-'));
  const { root, sbang } = layout;
  const prefixes = new Map(Object.entries(layout.prefixes));
  try {
    await request.fetchDependency(node, join(beside, 'prefix'), { prefix, root, sbang, prefixes });
    await rename(join(beside, 'prefix'), folder).catch(async (error: unknown) => {
      // Another job of a store that they share was first.
      if (!(await pathExists(folder))) throw error;
    });
    await marks.add(node.hash);
  } finally {
    await removeTree(beside);
  }
  request.log(`${packageTitle(node)}: from the mirror`);
}

/** Removes an installed package, or what is left of one. */
export async function removePackage({ layout, onDisk }: BuildSetup, { hash }: Pick<SpecNode, 'hash'>): Promise<void> {
  const prefix = layout.prefixes[hash];
  if (prefix === undefined) return;
  await storeMarks(onDisk(layout.root)).remove(hash);
  await removeTree(onDisk(prefix));
}

/**
 * Spack puts it there with the first package that it installs itself; packages from a mirror may call it before that.
 */
async function placeSbang({ layout, onDisk, session }: BuildSetup): Promise<void> {
  const file = onDisk(layout.sbang);
  if (await pathExists(file)) return;
  await mkdir(dirname(file), { recursive: true });
  await copyFile(join(session.spack.root, 'bin/sbang'), file);
  await chmod(file, 0o755);
}
