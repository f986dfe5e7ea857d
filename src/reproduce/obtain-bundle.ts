import { access, mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { findJob, type ServerAccess } from '../client/index.ts';
import { extractArchive } from '../executor/index.ts';
import { digestFile, fileError, hasCode, messageOf } from '../kit/index.ts';
import { bundleOfArchive } from './archive-bundle.ts';
import { archiveOfInput, fetchBundle, readBundle, type Bundle } from './bundle.ts';
import { reproduceError } from './errors.ts';
import { getSources } from './sources.ts';

export interface BundleSource {
  /** Id of a job on the server, or its name; an earlier folder; or a zip file of artifacts. */
  readonly source: string;
  /** Absolute; the folder of a new bundle is made here. */
  readonly cwd: string;
  /** The folder of a new bundle. */
  readonly into?: string;
  /** A clone of the stack that may have the commit. */
  readonly repository: string;
  /** Looks for a name in this stack only. */
  readonly stack?: string;
  /** Returns the server; not called where none is needed. */
  readonly server: () => Promise<ServerAccess>;
  /** Receives a line for people. */
  readonly note: (line: string) => void;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

export type ObtainedBundle = Bundle & { readonly server?: string };

/** Bytes of one job's archives, unpacked. */
const LARGEST = 50 * 1024 ** 3;

/** Returns a bundle of before, or a new one with the sources and with what other jobs left for this one. */
export async function obtainBundle(source: BundleSource): Promise<ObtainedBundle> {
  const { source: name, cwd, into, repository, stack, signal } = source;
  const path = resolve(cwd, name);
  if (await isFolder(path)) return readBundle(path);
  if (/\.zip$/i.test(name)) return obtainFromArchive(path, source);
  const access = await source.server();
  const { url } = access;
  const isFailed = ({ status }: { status: string }) => status === 'failed';
  const job = await findJob(access, { name, stack, prefer: isFailed });
  if (!['success', 'failed', 'canceled'].includes(job.status))
    throw reproduceError('REPRODUCE_JOB_NOT_RUN', { job: job.name, status: job.status });
  const folder = resolve(cwd, into ?? `reproduce-${job.id}`);
  const known = await bundleIn(folder, ({ reproduction, server }) => reproduction.job.id === job.id && server === url);
  if (known !== undefined) return known;
  source.progress(`downloading job ${job.id} (${job.name})`);
  return orNothing(folder, async () => {
    const bundle = await fetchBundle(access, job.id, folder);
    await layOut(bundle, { near: resolve(cwd, repository), signal });
    return { ...bundle, server: url };
  });
}

/** The artifacts have lock and environment; sources are added only where a commit is known. */
async function obtainFromArchive(
  archive: string,
  { into, repository, cwd, note, signal }: BundleSource,
): Promise<ObtainedBundle> {
  const folder = resolve(cwd, into ?? `reproduce-${basename(archive, '.zip')}`);
  await access(archive).catch((error: unknown) => {
    throw fileError('FILE_UNREADABLE', { file: archive, reason: messageOf(error) }, { cause: error });
  });
  const { sha256 } = await digestFile(archive);
  const mark = join(folder, 'archive.sha256');
  const known = await bundleIn(folder, async () => (await readFile(mark, 'utf8').catch(() => '')).trim() === sha256);
  if (known !== undefined) return known;
  const near = resolve(cwd, repository);
  const project = join(folder, 'project');
  const bundle = await orNothing(folder, () => bundleOfArchive({ archive, folder, near }));
  await writeFile(mark, `${sha256}\n`);
  const { source } = bundle.reproduction;
  if (source.sha === '') return bundle;
  // Lock and environment are enough for most packages of Spack.
  await getSources({ source, project, near, signal }).catch((error: unknown) => {
    if (!hasCode(error, 'REPRODUCE_SOURCE_MISSING')) throw error;
    note(`Without the files of the stack: ${messageOf(error)}`);
  });
  return bundle;
}

async function layOut(
  { folder, reproduction }: Bundle,
  { near, signal }: { near: string; signal: AbortSignal },
): Promise<void> {
  const project = join(folder, 'project');
  const strategy = reproduction.variables.findLast(({ key }) => key === 'GIT_STRATEGY')?.value;
  if (strategy === 'none' || strategy === 'empty') await mkdir(project, { recursive: true });
  else await getSources({ source: reproduction.source, project, near, signal });
  for (const { job, name } of reproduction.inputs)
    await extractArchive(archiveOfInput(folder, job), project, { job: name, maxBytes: LARGEST });
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}

/**
 * Returns the bundle that an earlier call for the same job left in a folder; undefined where the folder is new or
 * empty.
 */
async function bundleIn(
  folder: string,
  isSame: (bundle: ObtainedBundle) => boolean | Promise<boolean>,
): Promise<ObtainedBundle | undefined> {
  const entries = await readdir(folder).catch(() => []);
  if (entries.length === 0) return undefined;
  const bundle = await readBundle(folder).catch(() => undefined);
  if (bundle === undefined || !(await isSame(bundle))) throw reproduceError('REPRODUCE_FOLDER_IN_USE', { folder });
  return bundle;
}

/** Makes a bundle; a folder that holds only a part of one is removed. */
async function orNothing<T>(folder: string, make: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
