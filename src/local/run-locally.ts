import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  ConfigurationError,
  SlipwayError,
  cacheFolder,
  packageFolders,
  programEntry,
  systemClock,
  systemTimer,
} from '../kit/index.ts';
import { trustedKeys } from '../mirror/index.ts';
import type { TextVariables } from '../pipeline/index.ts';
import type { PipelinePlan } from '../gitlab/index.ts';
import { findSandbox, LocalRunner, namedPrograms, writeLauncher } from '../executor/index.ts';
import { containersFor } from './containers-for.ts';
import { localError } from './errors.ts';
import { jsonReporter, messageAt } from './json-reporter.ts';
import { keepMirror } from './kept-mirror.ts';
import { LocalRun } from './local-run.ts';
import type { LocalPipeline } from './local-pipeline.ts';
import { prepareRun, type PreparedRun } from './prepare-run.ts';
import { previewPipeline } from './preview.ts';
import { mirrorFolders, ownMirror } from './run-mirror.ts';
import type { RunReporter } from './run-reporter.ts';
import type { RunRequest, RunTerminal } from './run-options.ts';
import { failedJobs, manualJobs, summarizeRun, unplayedJobs } from './run-summary.ts';
import { textReporter } from './text-reporter.ts';

/** Lists the jobs of the pipeline without running them. */
export async function listJobs(request: RunRequest): Promise<void> {
  const { plan, reason } = await prepareToShow(request);
  const { terminal, options } = request;
  if (plan === undefined) noteNoPipeline(reason, terminal);
  for (const include of plan?.includes ?? []) {
    if (options.json === true) terminal.json({ event: 'include', ...include });
    else terminal.note(`included: ${include.kind} ${include.source}, SHA-256 ${include.sha256}`);
  }
  for (const { name, stage, when, kind, allowFailure, needs } of plan?.jobs ?? []) {
    const needed = needs?.map((need) => need.job);
    if (options.json === true)
      terminal.json({ event: 'job', name, stage, kind, when, allowFailure, needs: needed ?? null });
    else
      terminal.data([stage, name, when, ...(needed === undefined ? [] : [`needs: ${needed.join(', ')}`])].join('\t'));
  }
}

/** Prints the pipeline with everything expanded. */
export async function previewJobs(request: RunRequest): Promise<void> {
  const { plan, reason } = await prepareToShow(request);
  if (plan === undefined) noteNoPipeline(reason, request.terminal);
  else request.terminal.data(previewPipeline(plan).trimEnd());
}

/** Without a pipeline there is nothing to list, which is no failure. */
function noteNoPipeline(reason: string, terminal: RunTerminal): void {
  const { message, hint } = localError('CLI_RUN_NOT_CREATED', { reason });
  terminal.note(message);
  if (hint !== undefined) terminal.note(`hint: ${hint}`);
}

async function prepareToShow(request: RunRequest): Promise<PreparedRun> {
  const reporter = reporterFor(request);
  return prepare(request, reporter).finally(() => reporter.close());
}

/** Runs the pipeline to its end; throws if it does not succeed. */
export async function runLocally(request: RunRequest): Promise<void> {
  const { options, terminal } = request;
  const reporter = reporterFor(request);
  try {
    const prepared = await prepare(request, reporter);
    const { plan } = prepared;
    if (plan === undefined) {
      reporter.close();
      if (options.json === true) terminal.json({ event: 'summary', status: 'not_created', jobs: [] });
      throw localError('CLI_RUN_NOT_CREATED', { reason: prepared.reason });
    }
    const { pipeline, hasOwnMirror } = await runPlan({ ...prepared, plan }, request, reporter);
    reporter.finished(pipeline);
    reporter.close();
    if (hasOwnMirror) noteDiscarded(terminal);
    conclude(pipeline, terminal);
  } finally {
    reporter.close();
  }
}

function reporterFor({ options, terminal }: RunRequest): RunReporter {
  return options.json === true ? jsonReporter(terminal) : textReporter(terminal);
}

async function prepare(request: RunRequest, reporter: RunReporter): Promise<PreparedRun> {
  try {
    return await prepareRun(request, (warning) => reporter.warn(warning));
  } catch (error) {
    reporter.close();
    if (request.options.json === true) reportFaults(error, request.terminal);
    throw error;
  }
}

function reportFaults(error: unknown, terminal: RunTerminal): void {
  if (error instanceof ConfigurationError) {
    const faults = error.diagnostics.filter((one) => one.severity === 'error');
    for (const fault of faults) terminal.json({ event: 'error', ...messageAt(fault) });
  } else if (error instanceof SlipwayError) {
    const file = String(error.details['file'] ?? '.gitlab-ci.yml');
    terminal.json({ event: 'error', message: error.message, file, line: 1, column: 1 });
  }
}

function conclude(pipeline: LocalPipeline, terminal: RunTerminal): void {
  const { status } = summarizeRun(pipeline);
  const failed = failedJobs(pipeline);
  const waiting = status === 'skipped' ? unplayedJobs(pipeline) : manualJobs(pipeline);
  if (failed.length === 0 && waiting.length > 0) return noteManual(waiting, terminal);
  if (status !== 'success') throw localError('CLI_RUN_FAILED', { status, jobs: nameFailed(failed) });
}

async function runPlan(
  prepared: PreparedRun & { readonly plan: PipelinePlan },
  { options, folder, env, signal, terminal }: RunRequest,
  reporter: RunReporter,
): Promise<{ readonly pipeline: LocalPipeline; readonly hasOwnMirror: boolean }> {
  const { subject, plan, concurrency, fetchInclude } = prepared;
  const cache = cacheFolder(env);
  const containers = await containersFor(plan, { options, env, folder });
  const runner = await LocalRunner.open({
    workingCopy: folder,
    temporary: env.TMPDIR ?? tmpdir(),
    isInPlace: options.inPlace === true,
    ...(containers === undefined ? {} : { containers }),
    ...(options.sandbox === true ? { sandbox: await sandboxOf(env, folder) } : {}),
    concurrency,
    base: env,
    isColoured: terminal.colors.isColorSupported && options.json !== true,
    caches: { folder: join(cache, 'jobs') },
  });
  const killAll = () => runner.killAll();
  process.once('exit', killAll);
  try {
    await writeLauncher(runner.programs, { entry: programEntry(), cache });
    const keys = await trustedKeys(env.SLIPWAY_TRUSTED_KEYS, folder);
    const ofStack = stackVariables(env, { folder, root: runner.root, keys });
    const facts = { ...prepared.facts, variables: { ...prepared.facts.variables, ...ofStack } };
    const run = new LocalRun({
      runner,
      reporter,
      clock: systemClock,
      timer: systemTimer,
      concurrency,
      workingCopy: folder,
      hasContainers: containers !== undefined,
      facts,
      fetchInclude,
      played: new Set([...(options.play ?? []), ...(options.job ?? [])]),
    });
    signal.addEventListener('abort', () => run.cancel('interrupted'), { once: true });
    const publish = await keptMirror(ofStack.SLIPWAY_MIRROR, env);
    const pipeline = await run.run(subject, plan);
    await publish?.();
    return {
      pipeline,
      hasOwnMirror: existsSync(ownMirror(runner.root)) && readdirSync(ownMirror(runner.root)).length > 0,
    };
  } finally {
    await runner.close();
    process.off('exit', killAll);
  }
}

async function keptMirror(
  location: string,
  { SLIPWAY_MIRROR: named }: RunRequest['env'],
): Promise<(() => Promise<void>) | undefined> {
  if (named === undefined || (location.includes('://') && !location.startsWith('file://'))) return undefined;
  return keepMirror(location.startsWith('file://') ? fileURLToPath(location) : location);
}

/** Jobs see the system, programs that the environment names, and the mirror of the run. */
async function sandboxOf(env: RunRequest['env'], folder: string) {
  const found = await findSandbox();
  if (found.mechanism === undefined)
    throw localError('CLI_RUN_SANDBOX_MISSING', { reason: found.reason, remedy: found.remedy });
  const { readable, hidden } = await namedPrograms(env);
  const writable = (root: string) => mirrorFolders(root, { env, folder });
  return { readable: [...packageFolders(), process.execPath, ...readable], hidden, writable };
}

/**
 * Returns the variables of `slipway generate` and `slipway rebuild`: a mirror for this run, unless the user names
 * another. A job runs in another folder, and perhaps in a container: it gets the keys, not the path of their file.
 */
function stackVariables(
  env: RunRequest['env'],
  { folder, root, keys }: { readonly folder: string; readonly root: string; readonly keys: string | undefined },
): TextVariables & { readonly SLIPWAY_MIRROR: string } {
  const { SLIPWAY_MIRROR_SOURCE: source, SLIPWAY_TRUST: trust, SLIPWAY_MIRROR: mirror = ownMirror(root) } = env;
  return {
    ...(source && { SLIPWAY_MIRROR_SOURCE: source }),
    ...(keys && { SLIPWAY_TRUSTED_KEYS: keys }),
    ...(trust && { SLIPWAY_TRUST: trust }),
    SLIPWAY_MIRROR: mirror.includes('://') ? mirror : resolve(folder, mirror),
  };
}

function noteDiscarded(terminal: RunTerminal): void {
  terminal.note('The packages that this run built are discarded.');
  terminal.note('hint: Set `SLIPWAY_MIRROR` to a folder, and they are kept there as a mirror.');
}

/** A job that waits for a person is no failure. */
function noteManual(waiting: readonly string[], terminal: RunTerminal): void {
  terminal.note(`The pipeline waits for a person to start ${fewOf(waiting)}.`);
  terminal.note('hint: `--play <name>` starts such a job as soon as it may.');
}

function nameFailed(paths: readonly string[]): string {
  return paths.length === 0 ? '' : `: ${fewOf(paths)} failed`;
}

function fewOf(paths: readonly string[]): string {
  const named = paths.slice(0, 5).map((path) => `\`${path}\``);
  return `${named.join(', ')}${paths.length > named.length ? `, and ${paths.length - named.length} more` : ''}`;
}
