import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import {
  atomicWrite,
  cacheFolder,
  ifExists,
  parseJson,
  removeTree,
  type ProcessVariables,
} from '../../../kit/index.ts';
import { spackOnPath } from '../find-spack.ts';

/** A checkout of Spack and a Python that has clingo, as `slipway spack install` makes them. */
const Installation = z.object({
  version: z.string(),
  commit: z.string(),
  /** Commit of the recipes, from Spack 1.0 on. */
  recipes: z.string().optional(),
  /** SHA-256 of the choices, which names the folder. */
  key: z.string(),
});
type Installation = z.infer<typeof Installation>;

export interface InstalledSpack extends Installation {
  readonly folder: string;
  /** Whether commands use it unless something else names a Spack. */
  readonly isDefault: boolean;
  /** Variables that name it. */
  readonly variables: Readonly<Record<'SPACK_ROOT' | 'SPACK_PYTHON', string>>;
}

const NAME = /^[0-9a-f]{12}$/;
const DEFAULT = 'default';
const RECORD = 'installation.json';

/** Returns the folder of all installations of a user. */
export function installationsFolder(env: ProcessVariables): string {
  return join(cacheFolder(env), 'installed-spack');
}

/** Returns all complete installations, the default first. */
export async function listInstallations(env: ProcessVariables): Promise<readonly InstalledSpack[]> {
  const parent = installationsFolder(env);
  const names = ((await ifExists(readdir(parent))) ?? []).filter((name) => NAME.test(name)).toSorted();
  const chosen = ((await ifExists(readFile(join(parent, DEFAULT), 'utf8'))) ?? '').trim();
  const found = await Promise.all(names.map(async (name) => readInstallation(join(parent, name), name === chosen)));
  return found.filter((one) => one !== undefined).toSorted((a, b) => Number(b.isDefault) - Number(a.isDefault));
}

async function readInstallation(folder: string, isDefault: boolean): Promise<InstalledSpack | undefined> {
  const text = (await ifExists(readFile(join(folder, RECORD), 'utf8'))) ?? '';
  const { data } = Installation.safeParse(parseJson(text));
  return data && { ...data, folder, isDefault, variables: variablesOf(folder) };
}

function variablesOf(folder: string): InstalledSpack['variables'] {
  return { SPACK_ROOT: join(folder, 'spack'), SPACK_PYTHON: join(folder, 'python/bin/python3') };
}

/** Marks a folder as complete. */
export async function recordInstallation(folder: string, installation: Installation): Promise<void> {
  await atomicWrite(join(folder, RECORD), `${JSON.stringify(installation)}\n`);
}

/** Makes an installation the one that commands use. */
export async function chooseInstallation(env: ProcessVariables, key: string): Promise<void> {
  await atomicWrite(join(installationsFolder(env), DEFAULT), `${key}\n`);
}

export async function removeInstallation(env: ProcessVariables, one: InstalledSpack): Promise<void> {
  await removeTree(one.folder);
  const [next] = await listInstallations(env);
  if (one.isDefault && next !== undefined) await chooseInstallation(env, next.key);
}

/**
 * Returns the variables that name the default installation; none if the environment names a Spack itself, by SPACK_ROOT,
 * SPACK_REPO or PATH.
 */
export async function installedVariables(env: ProcessVariables): Promise<Readonly<Record<string, string>>> {
  if (env['SPACK_ROOT'] || env['SPACK_REPO'] || (await spackOnPath(env)) !== undefined) return {};
  const [first] = await listInstallations(env);
  if (first === undefined) return {};
  return env['SPACK_PYTHON'] ? { SPACK_ROOT: first.variables.SPACK_ROOT } : first.variables;
}
