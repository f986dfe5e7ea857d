import { mkdir, rename, writeFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { exists, messageOf, sha256, withoutCredentials, type ProcessVariables } from '../../../kit/index.ts';
import { builderError } from '../../errors.ts';
import { cloneSpack, resolveCommit } from '../clone-spack.ts';
import { spackVersion } from '../find-spack.ts';
import { removeUnused } from '../remove-unused.ts';
import { inScratchFolder } from '../scratch-folder.ts';
import {
  chooseInstallation,
  installationsFolder,
  listInstallations,
  recordInstallation,
  type InstalledSpack,
} from './installations.ts';
import { makePython } from './python-environment.ts';
import { recipesRepository, spackReleases, spackRepository, type SpackRelease } from './releases.ts';

export interface InstallRequest {
  /** `1.1` or `1.1.0`; by default the newest that is pinned, or the newest commit of `from`. */
  readonly release?: string | undefined;
  /** URL or absolute folder to clone Spack from. */
  readonly from?: string | undefined;
  /** URL or absolute folder to clone the recipes of Spack 1.0 and newer from. */
  readonly recipes?: string | undefined;
  /** URL of a source mirror, which Spack tries first. */
  readonly sources?: string | undefined;
  readonly wheels?: string | undefined;
  readonly python?: string | undefined;
  readonly env: ProcessVariables;
  readonly signal?: AbortSignal;
  /** Shows a step while it runs. `waitsFor` is what the step waits for. */
  phase<T>(title: string, waitsFor: string, work: () => Promise<T>): Promise<T>;
}

interface InstallResult {
  readonly spack: InstalledSpack;
  /** Whether it was installed before. */
  readonly wasThere: boolean;
}

interface Commits {
  readonly from: string;
  readonly commit: string;
  readonly recipesFrom: string;
  readonly recipes: string | undefined;
}

/**
 * Installs Spack with a Python that has clingo: a clone of one commit, its recipes, and settings by which it downloads
 * nothing when it starts. The folder gets its name when it is complete. The same choice is installed once. It becomes
 * the default.
 */
export async function installSpack(request: InstallRequest): Promise<InstallResult> {
  const { env } = request;
  const parent = installationsFolder(env);
  await mkdir(parent, { recursive: true, mode: 0o700 });
  // Processes that were killed leave them behind.
  await removeUnused(parent, { names: /^\.new-/, days: 1 });
  return inScratchFolder(join(parent, '.new-'), async (work) => {
    const trusting = await trustingFolders(request, work);
    const commits = await chooseCommits(request, trusting);
    const key = sha256(JSON.stringify([commits.commit, commits.recipes, request.python, request.sources])).slice(0, 12);
    const known = (await listInstallations(env)).find((one) => one.key === key);
    if (known === undefined) await fill(work, { request, commits, key, env: trusting });
    await chooseInstallation(env, key);
    const spack = (await listInstallations(env)).find((one) => one.key === key);
    if (spack === undefined)
      throw builderError('SPACK_INSTALL_FAILED', { folder: parent, reason: 'another process removed it' });
    return { spack, wasThere: known !== undefined };
  });
}

/** Git refuses folders that other users own. The user named these, so they are trusted. */
async function trustingFolders(request: InstallRequest, work: string): Promise<ProcessVariables> {
  const isLocal = [request.from, request.recipes].some((one) => one !== undefined && isAbsolute(one));
  if (!isLocal) return request.env;
  const file = join(work, 'gitconfig');
  await writeFile(file, '[safe]\n\tdirectory = *\n');
  return { ...request.env, GIT_CONFIG_GLOBAL: file };
}

async function chooseCommits(request: InstallRequest, env: ProcessVariables): Promise<Commits> {
  const { from = spackRepository, recipes: recipesFrom = recipesRepository, phase, signal } = request;
  const release = releaseOf(request.release);
  const clone = { env, cacheFolder: installationsFolder(env), log: () => undefined, signal };
  const isOwn = request.from !== undefined && request.release === undefined;
  const newest = (repository: string) =>
    phase('Looking for the newest commit', withoutCredentials(repository), () =>
      resolveCommit(repository, 'HEAD', clone),
    );
  const commit = isOwn ? await newest(from) : release.commit;
  const recipes = request.recipes === undefined ? release.recipes : await newest(recipesFrom);
  return { from, commit, recipesFrom, recipes };
}

function releaseOf(name: string | undefined): SpackRelease {
  const found = spackReleases.find(({ version }) => name === undefined || `${version}.`.startsWith(`${name}.`));
  if (found !== undefined) return found;
  const known = spackReleases.map(({ version }) => version).join(', ');
  throw builderError('SPACK_RELEASE_UNKNOWN', { release: name, known });
}

interface Filling {
  readonly request: InstallRequest;
  readonly commits: Commits;
  readonly key: string;
  /** For git. */
  readonly env: ProcessVariables;
}

async function fill(work: string, { request, commits, key, env }: Filling): Promise<void> {
  const { phase, signal, python, wheels } = request;
  const final = join(installationsFolder(env), key);
  const made = join(work, 'installation');
  const root = join(made, 'spack');
  await mkdir(made);
  const clone = (title: string, source: { repository: string; commit: string }, name: string) =>
    phase(title, withoutCredentials(source.repository), async () => {
      const options = { env, cacheFolder: work, log: () => undefined, signal };
      const cloned = await cloneSpack({ ...source, reference: source.commit }, options);
      await rename(cloned, join(made, name));
    });
  const { from, commit, recipesFrom, recipes } = commits;
  await clone(`Cloning Spack ${commit.slice(0, 10)}`, { repository: from, commit }, 'spack');
  const version = await spackVersion(root);
  if (version === '0') {
    const reason = `${withoutCredentials(from)} does not contain Spack`;
    throw builderError('SPACK_INSTALL_FAILED', { folder: final, reason });
  }
  const needsRecipes = !version.startsWith('0.');
  if (needsRecipes && recipes !== undefined)
    await clone('Cloning the recipes', { repository: recipesFrom, commit: recipes }, 'packages');
  const index = wheels ?? 'the Python package index';
  await phase('Installing clingo', index, () =>
    makePython({ folder: join(made, 'python'), env: request.env, python, wheels, signal }),
  );
  const builtin = needsRecipes ? join(final, 'packages/repos/spack_repo/builtin') : undefined;
  await configure(root, { recipes: builtin, sources: request.sources });
  await recordInstallation(made, { version, commit, recipes: needsRecipes ? recipes : undefined, key });
  await rename(made, final).catch(async (error: unknown) => {
    // Another process may have installed the same meanwhile.
    if (!(await exists(final))) throw builderError('SPACK_INSTALL_FAILED', { folder: final, reason: messageOf(error) });
  });
}

interface SiteConfiguration {
  readonly recipes: string | undefined;
  readonly sources: string | undefined;
}

/** Writes the site's scope: Spack downloads nothing when it starts, and uses the named recipes and sources. */
async function configure(root: string, { recipes, sources }: SiteConfiguration): Promise<void> {
  const scope = join(root, 'etc/spack');
  const write = (name: string, value: unknown) =>
    writeFile(join(scope, name), `${JSON.stringify(value, undefined, 2)}\n`);
  await write('bootstrap.yaml', { bootstrap: { enable: false } });
  // In Spack's YAML, a second colon after a key replaces what other scopes have.
  if (recipes !== undefined) await write('repos.yaml', { repos: { 'builtin:': recipes } });
  if (sources !== undefined)
    await write('mirrors.yaml', { mirrors: { 'slipway-sources': { url: sources, source: true, binary: false } } });
}
