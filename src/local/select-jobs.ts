import { isForeignNeed, type JobPlan, type PipelinePlan } from '../gitlab/index.ts';
import { closestWord } from '../kit/index.ts';
import { localError } from './errors.ts';

interface Selection {
  /** Names of jobs; none means all. */
  readonly jobs: readonly string[];
  /** Also what they wait for, directly or not. */
  readonly withNeeds: boolean;
}

/** Names that a hint lists. */
const SUGGESTED = 5;

/** Returns the plan of some jobs only. They wait for each other as before, and for no other job. */
export function selectJobs(plan: PipelinePlan, { jobs, withNeeds }: Selection): PipelinePlan {
  if (jobs.length === 0) return plan;
  const plans = new Map(plan.jobs.map((job) => [job.name, job]));
  checkNames(plan, jobs);
  const chosen = new Set(jobs);
  if (withNeeds)
    for (const name of chosen) for (const other of waitsFor(plan, plans.get(name) as JobPlan)) chosen.add(other);
  const kept = plan.jobs.filter((job) => chosen.has(job.name)).map((job) => onlyNeeding(job, chosen));
  const stages = new Set(kept.map((job) => job.stage));
  return { ...plan, stages: plan.stages.filter((stage) => stages.has(stage)), jobs: kept };
}

/** Refuses to play a job that cannot exist: jobs of children, whose paths are also valid, are not known yet. */
export function checkPlayed(plan: PipelinePlan, names: readonly string[]): void {
  if (plan.jobs.some(({ kind }) => kind === 'trigger')) return;
  checkNames(plan, names);
}

function checkNames({ jobs }: PipelinePlan, names: readonly string[]): void {
  const known = new Set(jobs.map(({ name }) => name));
  const missing = names.find((name) => !known.has(name));
  if (missing === undefined) return;
  const meant = meantBy(missing, [...known]);
  const also = meant.length > SUGGESTED ? `, and ${meant.length - SUGGESTED} more` : '';
  const remedy =
    meant.length === 0
      ? 'See `slipway run --list` for its jobs; those that rules leave out are not among them.'
      : `Did you mean ${meant.slice(0, SUGGESTED).map(quoted).join(', ')}${also}?`;
  throw localError('CLI_RUN_JOB_MISSING', { job: missing, remedy });
}

/** Quotes a name as in a shell. */
function quoted(name: string): string {
  return /^[\w./:@-]+$/.test(name) ? `\`${name}\`` : `\`"${name}"\``;
}

/** The copies that `parallel` makes of a job (`test: [3.10]`, `test 1/3`), or else the name that is spelt nearly so. */
function meantBy(name: string, known: readonly string[]): readonly string[] {
  const copies = known.filter((one) => one.startsWith(name) && /^(?:: \[.*\]| \d+\/\d+)$/.test(one.slice(name.length)));
  const closest = closestWord(name, known);
  return copies.length > 0 || closest === undefined ? copies : [closest];
}

function waitsFor(plan: PipelinePlan, job: JobPlan): readonly string[] {
  if (job.needs !== undefined) return job.needs.filter((need) => !isForeignNeed(need)).map((need) => need.job);
  const stage = plan.stages.indexOf(job.stage);
  return plan.jobs.filter((other) => plan.stages.indexOf(other.stage) < stage).map((other) => other.name);
}

function onlyNeeding(job: JobPlan, chosen: ReadonlySet<string>): JobPlan {
  if (job.needs === undefined) return job;
  return { ...job, needs: job.needs.filter((need) => isForeignNeed(need) || chosen.has(need.job)) };
}
