import { chmod, copyFile, mkdir, mkdtemp, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { exists, removeTree } from '../../kit/index.ts';
import { closure, dependenciesOf, nodeOf, packageTitle, type Lockfile, type SpecNode } from '../../spack/index.ts';
import type { BuildRequest } from '../builder.ts';
import { storeMarks } from '../store-marks.ts';
import { spackCommand } from './spack-session.ts';
import { storeDatabase } from './store-database.ts';
import type { BuildSetup } from './build-setup.ts';

/**
 * Installs the dependencies of a package into the store, from the mirror and relocated, and registers them in Spack's
 * database. In a namespace the store is the job's own. Otherwise jobs share it: complete dependencies stay, and the
 * remains of an earlier build of the package itself are removed.
 */
export async function placeDependencies(request: BuildRequest, node: SpecNode, setup: BuildSetup): Promise<void> {
  const { lock, hash } = request;
  const needed = neededFor(lock, node, request.runTests);
  await placeSbang(setup);
  await removePackage(setup, node);
  for (const one of needed) {
    request.signal?.throwIfAborted();
    await place(request, one, setup);
  }
  const { session, settings, layout, view, onDisk } = setup;
  if (view === undefined) {
    await spackCommand(session, ['reindex'], { settings, isQuiet: true });
    return;
  }
  const folder = onDisk(`${layout.root}/.spack-db`);
  await mkdir(folder, { recursive: true });
  const installed = new Set(needed.map((one) => one.hash));
  const text = storeDatabase({ spack: session.spack, lock, hash, installed, prefixes: layout.prefixes });
  await writeFile(join(folder, 'index.json'), text);
}

/** Returns the direct dependencies of every type, and all that those link or run, without externals. */
function neededFor(lock: Lockfile, node: SpecNode, withTests: boolean): readonly SpecNode[] {
  const types = ['build', 'link', 'run', ...(withTests ? (['test'] as const) : [])] as const;
  const direct = dependenciesOf(node, types).map((one) => one.hash);
  const hashes = closure(lock, direct, ['link', 'run']);
  return [...hashes].map((hash) => nodeOf(lock, hash)).filter((one) => one.external === undefined);
}

/** Installs a package in a folder beside its prefix and renames that, so that a prefix is complete or absent. */
async function place(request: BuildRequest, node: SpecNode, { layout, onDisk }: BuildSetup): Promise<void> {
  const prefix = layout.prefixes[node.hash] ?? '';
  const folder = onDisk(prefix);
  const marks = storeMarks(onDisk(layout.root));
  if ((await marks.has(node.hash)) && (await exists(folder))) return;
  await removeTree(folder);
  await mkdir(dirname(folder), { recursive: true });
  const beside = await mkdtemp(join(dirname(folder), '.slipway-'));
  const { root, sbang } = layout;
  const prefixes = new Map(Object.entries(layout.prefixes));
  try {
    await request.fetchDependency(node, join(beside, 'prefix'), { prefix, root, sbang, prefixes });
    await rename(join(beside, 'prefix'), folder).catch(async (error: unknown) => {
      // Another job that shares the store was first.
      if (!(await exists(folder))) throw error;
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

/** Spack installs it with the first package that it builds itself; packages from a mirror may need it before that. */
async function placeSbang({ layout, onDisk, session }: BuildSetup): Promise<void> {
  const file = onDisk(layout.sbang);
  if (await exists(file)) return;
  await mkdir(dirname(file), { recursive: true });
  await copyFile(join(session.spack.root, 'bin/sbang'), file);
  await chmod(file, 0o755);
}
