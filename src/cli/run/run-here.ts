import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import manifest from '../../../package.json' with { type: 'json' };
import type { PipelinePlan } from '../../gitlab/index.ts';
import {
  ConfigurationError,
  SlipwayError,
  cacheFolder,
  programEntry,
  systemClock,
  systemTimer,
} from '../../kit/index.ts';
import { trustedKeys } from '../../mirror/index.ts';
import { LocalRunner, writeLauncher } from '../../executor/index.ts';
import type { CommandContext } from '../command.ts';
import { cliError } from '../errors.ts';
import { jsonReporter, placeOf } from './json-reporter.ts';
import { KeptMirror } from './kept-mirror.ts';
import { LocalRun } from './local-run.ts';
import type { LocalPipeline } from './local-pipeline.ts';
import { commitVariables, spackVariables } from './predefined-variables.ts';
import type { TextVariables } from './predefined-variables.ts';
import { previewPipeline } from './preview.ts';
import { findConfiguration, readConfiguration } from './read-configuration.ts';
import { jobCacheFolder, readConcurrency, readSecrets, readVariables } from './run-arguments.ts';
import type { RunReporter } from './run-reporter.ts';
import { failedJobs, manualJobs, summarizeRun, unplayedJobs } from './run-summary.ts';
import { checkPlayed, selectJobs } from './select-jobs.ts';
import { textReporter } from './text-reporter.ts';
import { lookAtWorkingCopy } from './working-copy.ts';

/** Of all working copies together. */
const CACHE_BYTES = 20 * 1024 ** 3;

export interface RunOptions {
  readonly list?: true;
  readonly preview?: true;
  readonly job?: readonly string[];
  readonly needs?: true;
  readonly play?: readonly string[];
  readonly variable?: readonly string[];
  readonly secret?: readonly string[];
  readonly file?: string;
  readonly concurrency?: string;
  readonly inPlace?: true;
  readonly json?: true;
}

export async function listJobs(options: RunOptions, context: CommandContext): Promise<void> {
  const { plan, reason } = await prepare(options, context);
  const { terminal } = context;
  if (plan === undefined) noteNoPipeline(reason, context);
  for (const { name, stage, when, kind, allowFailure, needs } of plan?.jobs ?? []) {
    const wanted = needs?.map((need) => need.job);
    if (options.json === true)
      terminal.json({ event: 'job', name, stage, kind, when, allowFailure, needs: wanted ?? null });
    else
      terminal.data([stage, name, when, ...(wanted === undefined ? [] : [`needs: ${wanted.join(', ')}`])].join('\t'));
  }
}

export async function previewJobs(options: RunOptions, context: CommandContext): Promise<void> {
  const { plan, reason } = await prepare(options, context);
  if (plan === undefined) noteNoPipeline(reason, context);
  else context.terminal.data(previewPipeline(plan).trimEnd());
}

/** To whom only looks at the jobs, that there are none is an answer. */
function noteNoPipeline(reason: string, { terminal }: CommandContext): void {
  const { message, hint } = cliError('CLI_RUN_NOT_CREATED', { reason });
  terminal.note(message);
  if (hint !== undefined) terminal.note(`hint: ${hint}`);
}

/** Runs the pipeline to its end; fails if it does not succeed. */
export async function runHere(options: RunOptions, context: CommandContext): Promise<void> {
  const prepared = await prepare(options, context);
  const { reporter, plan } = prepared;
  if (plan === undefined) {
    reporter.close();
    if (options.json === true) context.terminal.json({ event: 'summary', status: 'not_created', jobs: [] });
    throw cliError('CLI_RUN_NOT_CREATED', { reason: prepared.reason });
  }
  const { pipeline, hasOwnMirror } = await runPlan({ ...prepared, plan }, options, context).finally(() =>
    reporter.close(),
  );
  reporter.finished(pipeline);
  reporter.close();
  if (hasOwnMirror) noteDiscarded(context);
  const { status } = summarizeRun(pipeline);
  const failed = failedJobs(pipeline);
  const waiting = status === 'skipped' ? unplayedJobs(pipeline) : manualJobs(pipeline);
  if (failed.length === 0 && waiting.length > 0) return noteManual(waiting, context);
  if (status !== 'success') throw cliError('CLI_RUN_FAILED', { status, jobs: nameFailed(failed) });
}

interface Prepared {
  readonly reporter: RunReporter;
  readonly predefined: TextVariables;
  readonly given: TextVariables;
  readonly secrets: TextVariables;
  readonly concurrency: number;
  readonly plan?: PipelinePlan;
  readonly reason: string;
}

/** Everything that can be wrong with what a person gave is found here, before anything runs. */
async function prepare(options: RunOptions, context: CommandContext): Promise<Prepared> {
  const { cwd, terminal } = context;
  const reporter = options.json === true ? jsonReporter(terminal) : textReporter(terminal);
  try {
    const given = readVariables(options.variable ?? []);
    const secrets = readSecrets(options.secret ?? [], context.env);
    const concurrency = readConcurrency(options.concurrency);
    const [copy, text] = await Promise.all([lookAtWorkingCopy(cwd), findConfiguration(cwd, options.file)]);
    const predefined = {
      ...spackVariables(context.env),
      ...commitVariables(copy, manifest.version),
      CI_CONFIG_PATH: text.file,
    };
    const source = given['CI_PIPELINE_SOURCE'] ?? 'push';
    const warn = reporter.warn.bind(reporter);
    const { plan, reason } = readConfiguration([text], { folder: cwd, source, predefined, given, secrets, warn });
    const selection = { jobs: options.job ?? [], withNeeds: options.needs === true };
    if (plan !== undefined) checkPlayed(plan, options.play ?? []);
    const chosen = plan === undefined ? {} : { plan: selectJobs(plan, selection) };
    return { reporter, predefined, given, secrets, concurrency, reason, ...chosen };
  } catch (error) {
    reporter.close();
    if (options.json === true) tellFaults(error, context);
    throw error;
  }
}

function tellFaults(error: unknown, { terminal }: CommandContext): void {
  if (error instanceof ConfigurationError) {
    const faults = error.diagnostics.filter((one) => one.severity === 'error');
    for (const fault of faults) terminal.json({ event: 'error', ...placeOf(fault) });
  } else if (error instanceof SlipwayError) {
    const file = String(error.details['file'] ?? '.gitlab-ci.yml');
    terminal.json({ event: 'error', message: error.message, file, line: 1, column: 1 });
  }
}

async function runPlan(
  prepared: Prepared & { readonly plan: PipelinePlan },
  options: RunOptions,
  { cwd, env, signal, terminal }: CommandContext,
): Promise<{ readonly pipeline: LocalPipeline; readonly hasOwnMirror: boolean }> {
  const { reporter, plan, given, secrets, concurrency } = prepared;
  const temporary = env.TMPDIR ?? tmpdir();
  const isInPlace = options.inPlace === true;
  const isColoured = terminal.colors.isColorSupported && options.json !== true;
  const caches = { folder: jobCacheFolder(env), maxBytes: CACHE_BYTES };
  const runner = await LocalRunner.open({
    workingCopy: cwd,
    temporary,
    isInPlace,
    concurrency,
    base: env,
    isColoured,
    caches,
  });
  const killAll = () => runner.killAll();
  process.once('exit', killAll);
  try {
    await writeLauncher(runner.programs, { entry: programEntry(), cache: cacheFolder(env) });
    const predefined = { ...prepared.predefined, ...(await stackVariables(env, { cwd, root: runner.root })) };
    const run = new LocalRun({
      runner,
      reporter,
      clock: systemClock,
      timer: systemTimer,
      concurrency,
      workingCopy: cwd,
      predefined,
      secrets,
      played: new Set([...(options.play ?? []), ...(options.job ?? [])]),
      readChild: (texts, variables) => {
        const setting = {
          ...variables,
          secrets,
          folder: cwd,
          source: 'parent_pipeline',
          warn: reporter.warn.bind(reporter),
        };
        const child = readConfiguration(texts, setting);
        if (child.plan === undefined) throw cliError('CLI_RUN_NOT_CREATED', { reason: child.reason });
        return child.plan;
      },
    });
    signal.addEventListener('abort', () => run.cancel('interrupted'), { once: true });
    const mirror = await keptMirror(predefined.SLIPWAY_MIRROR, env);
    const pipeline = await run.run(plan, given);
    await mirror?.publish();
    return { pipeline, hasOwnMirror: existsSync(ownMirror(runner.root)) };
  } finally {
    await runner.close();
    process.off('exit', killAll);
  }
}

async function keptMirror(place: string, { SLIPWAY_MIRROR: named }: CommandContext['env']) {
  if (named === undefined || (place.includes('://') && !place.startsWith('file://'))) return undefined;
  return KeptMirror.open(place.startsWith('file://') ? fileURLToPath(place) : place);
}

function ownMirror(root: string): string {
  return join(root, 'mirror');
}

/** What `slipway generate` and `slipway rebuild` look for: a mirror for this run, unless a person names another. */
async function stackVariables(
  env: CommandContext['env'],
  { cwd, root }: { cwd: string; root: string },
): Promise<TextVariables & { readonly SLIPWAY_MIRROR: string }> {
  // A job runs in another folder, and perhaps in a container: it gets the keys, not the path of their file.
  const given: CommandContext['env'] = {
    ...env,
    SLIPWAY_TRUSTED_KEYS: await trustedKeys(env.SLIPWAY_TRUSTED_KEYS, cwd),
  };
  const named = ['SLIPWAY_MIRROR_SOURCE', 'SLIPWAY_TRUSTED_KEYS', 'SLIPWAY_TRUST'] as const;
  const kept = named.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]] as const]));
  const mirror = env.SLIPWAY_MIRROR ?? ownMirror(root);
  return { ...Object.fromEntries(kept), SLIPWAY_MIRROR: mirror.includes('://') ? mirror : resolve(cwd, mirror) };
}

function noteDiscarded({ terminal }: CommandContext): void {
  terminal.note('The packages that this run built are discarded.');
  terminal.note('hint: Set `SLIPWAY_MIRROR` to a folder, and they are kept there as a mirror.');
}

/** A job that waits for a person is no failure: whoever wants it to run says so. */
function noteManual(waiting: readonly string[], { terminal }: CommandContext): void {
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
