import { access, mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { digestFile, fileError, hasCode, messageOf } from '../kit/index.ts';
import type { Secret } from '../kit/index.ts';
import { extractArchive } from '../executor/index.ts';
import { readToken } from '../cli/read-token.ts';
import type { CommandContext } from '../cli/command.ts';
import { cliError } from '../cli/errors.ts';
import { findJob } from '../client/index.ts';
import { LogPrinter } from '../cli/log-printer.ts';
import { readSecrets, readVariables } from '../cli/run/run-arguments.ts';
import { bundleOfArchive } from './archive-bundle.ts';
import { archiveOfInput, fetchBundle, readBundle } from './bundle.ts';
import type { Bundle } from './bundle.ts';
import { chooseJobPlace } from './container.ts';
import type { ContainerChoice, JobPlace } from './container.ts';
import { prepareMirror } from './job-mirror.ts';
import { runJobHere } from './run-job.ts';
import { getSources } from './sources.ts';
import { failureOf, judge } from './verdict.ts';
import { serverUrl } from '../cli/server-url.ts';

export interface ReproduceOptions {
  readonly into?: string;
  readonly run: boolean;
  readonly container: ContainerChoice;
  readonly variable?: readonly string[];
  readonly secret?: readonly string[];
  readonly repository: string;
  readonly allowUntrusted?: true;
  readonly stack?: string;
  readonly url?: string;
  readonly tokenFile?: string;
  readonly json?: true;
}

/** Bytes of one job's archives, unpacked. */
const LARGEST = 50 * 1024 ** 3;

/** `slipway reproduce`: ends with the exit status of the job here. */
export async function reproduce(wanted: string, options: ReproduceOptions, context: CommandContext): Promise<void> {
  const given = { ...readVariables(options.variable ?? []), ...readSecrets(options.secret ?? [], context.env) };
  const bundle = await obtain(wanted, options, context);
  const { reproduction, folder } = bundle;
  const place = await chooseJobPlace(reproduction, { choice: options.container, env: context.env });
  tell(bundle, place, { context, given });
  if (!options.run) {
    if (options.json === true) context.terminal.json({ job: reproduction.job.id, folder });
    return;
  }
  if (reproduction.trust === 'untrusted' && place.container === undefined && options.allowUntrusted !== true)
    throw cliError('CLI_JOB_UNTRUSTED', { job: reproduction.job.name, request: reproduction.request ?? '?' });
  await runAndJudge(bundle, place, { options, context, given });
}

type Obtained = Bundle & { readonly server?: string };

/** A bundle of before, or a new one with the sources and what other jobs left for this one. */
async function obtain(wanted: string, options: ReproduceOptions, context: CommandContext): Promise<Obtained> {
  const { cwd, signal, terminal } = context;
  const path = resolve(cwd, wanted);
  if (await isFolder(path)) return readBundle(path);
  if (/\.zip$/i.test(wanted)) return obtainFromArchive(path, options, context);
  const url = await serverUrl(context, options.url);
  const isFailed = ({ status }: { status: string }) => status === 'failed';
  const job = await findJob({ url, signal }, { name: wanted, stack: options.stack, prefer: isFailed });
  if (!['success', 'failed', 'canceled'].includes(job.status))
    throw cliError('CLI_JOB_NOT_RUN', { job: job.name, status: job.status });
  const folder = resolve(cwd, options.into ?? `reproduce-${job.id}`);
  const known = await bundleIn(folder, ({ reproduction, server }) => reproduction.job.id === job.id && server === url);
  if (known !== undefined) return known;
  terminal.progress(`bringing job ${job.id} (${job.name})`);
  return orNothing(folder, async () => {
    const bundle = await fetchBundle({ url, job: job.id, folder, signal });
    await layOut(bundle, { near: resolve(cwd, options.repository), signal });
    return { ...bundle, server: url };
  });
}

/** The artifacts have lock and environment; sources only come into it where a commit is known. */
async function obtainFromArchive(
  archive: string,
  { into, repository }: ReproduceOptions,
  { cwd, signal, terminal }: CommandContext,
): Promise<Obtained> {
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
    if (!hasCode(error, 'CLI_SOURCE_MISSING')) throw error;
    terminal.note(`Without the files of the stack: ${messageOf(error)}`);
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

interface Work {
  readonly options: ReproduceOptions;
  readonly context: CommandContext;
  readonly given: Readonly<Record<string, string>>;
}

async function runAndJudge(bundle: Obtained, place: JobPlace, work: Work): Promise<void> {
  const { options, context, given } = work;
  const { reproduction, folder, server } = bundle;
  const { env, signal, terminal } = context;
  const mirrors = await prepareMirror({
    reproduction,
    folder,
    environment: environmentOf(bundle),
    signal,
    ...(server === undefined ? {} : { server }),
    ...(await tokenOf(options, context)),
  });
  const printer = new LogPrinter(terminal);
  const onOutput = (bytes: Buffer) => (options.json === true ? undefined : printer.write(bytes));
  const variables = { ...mirrors, ...given };
  const temporary = env.TMPDIR ?? tmpdir();
  const ending = await runJobHere({ reproduction, folder, place, variables, base: env, temporary, onOutput, signal });
  if (options.json !== true) printer.end();
  signal.throwIfAborted();
  const verdict = await judge(reproduction, ending, folder);
  if (options.json === true) terminal.json({ job: reproduction.job.id, folder, ...verdict });
  if (verdict.outcome !== 'succeeded') throw failureOf(verdict, reproduction.job.name, shown(folder, context));
  terminal.note(`Job \`${reproduction.job.name}\` succeeds here${thereOf(verdict.there)}.`);
}

function thereOf({ exitCode, failure }: { exitCode?: number; failure?: string }): string {
  if (exitCode === undefined && failure === undefined) return '';
  return `; there it failed${exitCode === undefined ? '' : ` with exit status ${exitCode}`}${failure === undefined ? '' : ` (${failure})`}`;
}

/** What is about to run, and where; and what may make it differ. */
function tell(bundle: Obtained, place: JobPlace, { context, given }: Omit<Work, 'options'>): void {
  const { reproduction, folder } = bundle;
  const { job, source, services, withheld } = reproduction;
  const { terminal } = context;
  const commit = source.sha === '' ? '' : `, commit ${source.sha.slice(0, 12)}`;
  terminal.note(`Job \`${job.name}\` (${job.id}) of ${reproduction.stack}${commit}, in ${shown(folder, context)}`);
  terminal.note(`${place.because.charAt(0).toUpperCase()}${place.because.slice(1)}.`);
  const missing = withheld.filter((name) => !(name in given));
  if (missing.length > 0)
    terminal.note(`Kept back as secrets: ${missing.join(', ')}. Give those that it needs with --secret NAME.`);
  if (services.length > 0) terminal.note(`Its services are not started: ${services.join(', ')}.`);
}

async function tokenOf(options: ReproduceOptions, context: CommandContext): Promise<{ readonly token?: Secret }> {
  const variable = 'SLIPWAY_TRIGGER_TOKEN';
  if (options.tokenFile === undefined && (context.env[variable] ?? '') === '') return {};
  return { token: await readToken(context, { file: options.tokenFile, variable }) };
}

/** Folder of the locked environment, where the job looks for it. */
function environmentOf({ reproduction, folder }: Bundle): string {
  const named = reproduction.variables.findLast(({ key }) => key === 'SPACK_CONCRETE_ENV_DIR')?.value;
  return resolve(folder, 'project', named ?? 'jobs_scratch_dir/concrete_environment');
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}

/** The bundle that an earlier call for the same job left in a folder; undefined where the folder is new or empty. */
async function bundleIn(
  folder: string,
  isSame: (bundle: Obtained) => boolean | Promise<boolean>,
): Promise<Obtained | undefined> {
  const entries = await readdir(folder).catch(() => []);
  if (entries.length === 0) return undefined;
  const bundle = await readBundle(folder).catch(() => undefined);
  if (bundle === undefined || !(await isSame(bundle))) throw cliError('CLI_FOLDER_IN_USE', { folder });
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

/** Short where it lies below the current folder. */
function shown(folder: string, { cwd }: CommandContext): string {
  return folder.startsWith(`${cwd}/`) ? folder.slice(cwd.length + 1) : folder;
}
