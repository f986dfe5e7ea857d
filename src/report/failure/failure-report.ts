import { groupBy } from '../../kit/index.ts';
import type { FailedJob, Failure, FailureClass, FailureReport, RunStatus } from '../../protocol/index.ts';
import type { TestSummary } from '../junit.ts';
import { counted, withoutStop } from '../text/words.ts';
import { causeKey } from './cause-key.ts';
import { positionIn } from './coded-error.ts';
import type { LogFailure } from './failure-scan.ts';

/** A job that failed, with all that is known about it. */
export interface FailedRun extends Omit<FailedJob, 'page'> {
  /** The package that it builds. */
  readonly package?: NonNullable<Failure['package']>;
  readonly log?: LogFailure;
  readonly tests?: TestSummary;
  /** The message of the server or the runner about it. */
  readonly message?: string;
}

interface FailedPipeline {
  readonly id: string;
  readonly status: RunStatus;
  readonly failed: readonly FailedRun[];
  /** How many jobs did not run. */
  readonly skipped: number;
  /** Why the pipeline as a whole ended so, such as why it was canceled. */
  readonly reason?: string;
  /** The command that runs a job again elsewhere. */
  readonly reproduce: (job: string) => string;
}

/** GitLab’s failure reasons that are no fault of what the job ran. */
const SYSTEM =
  /^(?:runner_|scheduler_|data_integrity|unknown_failure|api_failure|missing_dependency|trace_size|stale_schedule|archived|unmet_|job_router|image_pull)/;
const TIMEOUT = /^(?:job_execution_timeout|stuck_or_timeout)/;
const CREATION = /creation_failed|config_error|reached_max|insufficient_bridge|invalid_bridge|ci_quota/;

/** Groups failed jobs by their causes. Those that decide over the pipeline come first, then the cause of most jobs. */
export function failureReport(pipeline: FailedPipeline): FailureReport {
  const { id, status, failed, skipped, reason, reproduce } = pipeline;
  const failures = [...groupBy(failed.map(examine), ({ key }) => key).values()]
    .map((group) => failureOf(group, reproduce))
    .toSorted((a, b) => weight(b) - weight(a));
  const headline = failureHeadline(failures, { skipped, reason, isOver: status === 'failed' });
  return { pipeline: id, status, headline, failures, skipped };
}

/**
 * The report of a pipeline that could not be created: one failure without a job. The reason may begin with a position in
 * a file.
 */
export function refusedReport({ reason, hint }: { readonly reason: string; readonly hint?: string }): FailureReport {
  const position = positionIn(reason);
  const fact = position === undefined ? reason : reason.slice(`${positionText(position)}:`.length);
  const error = withoutStop(firstLine(fact).trim());
  const failure: Omit<Failure, 'headline'> = { class: 'configuration', error, hint, position, jobs: [] };
  const headline = titleOf(failure);
  return { status: 'failed', headline, failures: [{ ...failure, headline }], skipped: 0 };
}

interface Examined {
  readonly run: FailedRun;
  readonly class: FailureClass;
  readonly error: string;
  readonly key: string;
}

function examine(run: FailedRun): Examined {
  const { log, tests, message, failureReason, exitCode, name } = run;
  const kind = classOf(run);
  const coded = log?.code === undefined ? undefined : log.error;
  const own = message === undefined ? undefined : firstLine(message);
  // A report of tests is more precise than a line that happens to mention an error, and less than our own commands.
  const known = (kind === 'system' || kind === 'configuration' ? own : undefined) ?? coded;
  const found = known ?? testsText(tests) ?? log?.error ?? own;
  const ended = exitCode === undefined ? (failureReason ?? 'unknown reason') : `exit code ${exitCode}`;
  const of = packageOf(run);
  const key = causeKey({
    class: kind,
    code: log?.code,
    package: of && `${of.name}@${of.version}`,
    phase: log?.phase,
    error: found,
    job: name,
  });
  return { run, class: kind, error: withoutStop(found ?? ended), key };
}

function classOf({ log, tests, failureReason = '' }: FailedRun): FailureClass {
  if (TIMEOUT.test(failureReason)) return 'timeout';
  if (log?.class !== undefined) return log.class;
  if (CREATION.test(failureReason)) return 'configuration';
  if (SYSTEM.test(failureReason)) return 'system';
  if (log?.position !== undefined) return 'configuration';
  return tests !== undefined && tests.failed + tests.errored > 0 ? 'test' : 'script';
}

/** Says how many tests failed, and names the first: `3 of 40 tests, first …`. */
function testsText(tests: TestSummary | undefined): string | undefined {
  const bad = tests === undefined ? 0 : tests.failed + tests.errored;
  const first = tests?.failures[0];
  if (first === undefined) return undefined;
  const reason = first.message === '' ? '' : `: ${firstLine(first.message)}`;
  return `${bad} of ${tests?.total} tests, ${bad > 1 ? 'first ' : ''}\`${first.name}\`${reason}`;
}

function failureOf(group: readonly Examined[], reproduce: FailedPipeline['reproduce']): Failure {
  const [first] = group as readonly [Examined, ...Examined[]];
  const { run, class: kind, error } = first;
  const { log, tests } = run;
  const names = new Set(group.map((one) => titleOfPackage(packageOf(one.run)) ?? one.run.name));
  const isOne = names.size === 1;
  const bad = tests === undefined ? 0 : tests.failed + tests.errored;
  const failure: Omit<Failure, 'headline'> = {
    class: kind,
    package: isOne ? packageOf(run) : undefined,
    phase: isOne ? log?.phase : undefined,
    error,
    hint: log?.hint,
    position: log?.position,
    context: log?.context && { ...log.context, lines: [...log.context.lines] },
    tests: bad === 0 ? undefined : { total: tests?.total ?? 0, failed: bad, first: tests?.failures[0]?.name ?? '' },
    jobs: group.map((one) => jobOf(one.run)),
    reproduce: run.id === '' ? undefined : reproduce(run.id),
  };
  return { ...failure, headline: titleOf(failure) };
}

function jobOf(run: FailedRun): FailedJob {
  const { id, pipeline, name, attempt, exitCode, failureReason, allowFailure, log } = run;
  const line = log === undefined ? '' : `#L${log.context.line}`;
  const page = id === '' ? `pipelines/${pipeline}` : `jobs/${id}${line}`;
  return { id, pipeline, name, attempt, exitCode, failureReason, allowFailure, page };
}

/** The package of a job by its variables, else by its log. */
function packageOf({ package: known, log }: FailedRun): Failure['package'] {
  if (log?.package === undefined || (known !== undefined && known.version !== '')) return known;
  const [name = '', version = ''] = log.package.split('@');
  return { name, version, hash: known?.hash };
}

/** `hdf5@1.14.5`; the name alone where the version is unknown. */
export function titleOfPackage(of: Failure['package']): string | undefined {
  return of === undefined ? undefined : of.version === '' ? of.name : `${of.name}@${of.version}`;
}

/** What failed, where and why, in one line. */
function titleOf({ class: kind, package: of, phase, error, position, jobs }: Omit<Failure, 'headline'>): string {
  const [first] = jobs;
  const at = position === undefined || of !== undefined ? '' : `${positionText(position)}: `;
  if (first === undefined) return at + error;
  const shown = kind === 'script' ? '' : ` [${kind}]`;
  const where = phase === undefined ? '' : ` in phase \`${phase}\``;
  const name = titleOfPackage(of);
  if (name !== undefined) return `${name} failed${where}${shown}${inJobs(jobs)}: ${error}`;
  if (jobs.length === 1) return `${jobTitle(first.name)} failed${shown}: ${at}${error}`;
  return `${counted(jobs.length, 'job')} failed${shown}: ${at}${error}`;
}

function inJobs(jobs: readonly FailedJob[]): string {
  return jobs.length === 1 ? '' : ` in ${jobs.length} jobs`;
}

/** `recipes/leaf.yaml:3:1`. */
export function positionText({ file, line, column }: NonNullable<Failure['position']>): string {
  return `${file}:${line}${column === undefined ? '' : `:${column}`}`;
}

/** `zlib@1.3.1` of `zlib@1.3.1 /abcdefg %gcc@12.2.0 arch=linux-debian12-x86_64_v3 Nightly`, as Spack names jobs. */
export function jobTitle(name: string): string {
  const [, phase = '', short] = /^(\(\w+\) )?(\S+?)(?: \/|\/)[a-z2-7]{7,32}(?: |$)/.exec(name) ?? [];
  return short === undefined ? name : phase + short;
}

interface Ending {
  readonly skipped: number;
  readonly reason?: string;
  /** Whether nothing of it runs any more. */
  readonly isOver: boolean;
}

/** The first cause, and how much else is concerned. Failures that are allowed count only where there are no others. */
function failureHeadline(failures: readonly Failure[], { skipped, reason, isOver }: Ending): string {
  const [first] = failures.filter((one) => !isAllowed(one));
  if (first === undefined) return reason ?? (isOver ? 'Failed' : '');
  return first.headline + failureEnd(failures, { skipped, isOver });
}

/** ` (1 more failed, 5 skipped)`: what a reader must see although the text before it is cut. */
export function failureEnd(failures: readonly Failure[], { skipped, isOver }: Omit<Ending, 'reason'>): string {
  const decisive = failures.filter((one) => !isAllowed(one));
  const others = decisive.slice(1).reduce((sum, { jobs }) => sum + jobs.length, 0);
  const counts = [...(others > 0 ? [`${others} more failed`] : []), ...(skipped > 0 ? [`${skipped} skipped`] : [])];
  return `${counts.length === 0 ? '' : ` (${counts.join(', ')})`}${isOver ? '' : '; still running'}`;
}

/** Whether none of the jobs decides over the pipeline. */
export function isAllowed({ jobs }: Failure): boolean {
  return jobs.length > 0 && jobs.every(({ allowFailure }) => allowFailure);
}

function weight(failure: Failure): number {
  return (isAllowed(failure) ? 0 : 1e6) + failure.jobs.length;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
