import type { ReadJob } from './job.ts';
import { isForeignNeed, type Need } from '../job-plan.ts';

const MAX_SHOWN = 30;

/**
 * Checks how jobs depend on each other: stages, needs, dependencies, circles. `stages` is the whole list, `.pre` and
 * `.post` included.
 */
export function checkGraph(jobs: readonly ReadJob[], stages: readonly string[]): void {
  const byName = new Map(jobs.map((job) => [job.plan.name, job]));
  const order = new Map(stages.map((stage, index) => [stage, index]));
  const known = stages.length > MAX_SHOWN ? `${stages.slice(0, MAX_SHOWN).join(', ')}, …` : stages.join(', ');
  for (const job of jobs) {
    const { name, stage } = job.plan;
    if (!order.has(stage)) {
      const details = { job: name, stage, stages: known };
      job.field.at('stage').error('GITLAB_STAGE_UNKNOWN', details, { name: stage, known: stages });
    }
    checkNeeds(job, byName, order);
    checkDependencies(job, byName, order);
  }
  checkCircles(jobs, byName);
}

type Jobs = ReadonlyMap<string, ReadJob>;
type Order = ReadonlyMap<string, number>;

function localNeeds(needs: readonly Need[] | undefined): readonly Need[] {
  return (needs ?? []).filter((need) => !isForeignNeed(need));
}

function checkNeeds(job: ReadJob, byName: Jobs, order: Order): void {
  const { name, stage } = job.plan;
  const own = order.get(stage) ?? Infinity;
  for (const need of localNeeds(job.plan.needs)) {
    const needed = byName.get(need.job);
    if (needed === undefined || (job.isAdded && !needed.isAdded)) {
      const reason = needed === undefined ? 'which does not exist' : 'which its rules leave out of this pipeline';
      const meant = needed === undefined ? { name: need.job, known: byName.keys() } : undefined;
      const details = { job: name, need: need.job, reason };
      if (!need.optional) job.field.at('needs').error('GITLAB_NEED_MISSING', details, meant);
    } else if ((order.get(needed.plan.stage) ?? 0) > own) {
      job.field.at('needs').error('GITLAB_NEED_LATER', { job: name, need: need.job });
    }
  }
}

function checkDependencies(job: ReadJob, byName: Jobs, order: Order): void {
  const { name, stage, needs, dependencies = [] } = job.plan;
  if (dependencies.length === 0) return;
  const needed = new Set(localNeeds(needs).map((need) => need.job));
  for (const dependency of dependencies) {
    const other = byName.get(dependency);
    const isLater = other !== undefined && (order.get(other.plan.stage) ?? 0) > (order.get(stage) ?? Infinity);
    const fault = needs?.length
      ? !needed.has(dependency) && 'which it does not need'
      : isLater && 'which is in a later stage';
    const reason = other === undefined ? 'which does not exist' : fault;
    const meant = other === undefined ? { name: dependency, known: byName.keys() } : undefined;
    const details = { job: name, dependency, reason };
    if (reason !== false) job.field.at('dependencies').error('GITLAB_DEPENDENCY_INVALID', details, meant);
  }
}

/** Removes jobs whose needs are all removed; the rest contains a circle, which is then followed. */
function checkCircles(jobs: readonly ReadJob[], byName: Jobs): void {
  const needers = new Map<string, string[]>();
  const waiting = new Map<string, number>();
  for (const { plan } of jobs) {
    let count = 0;
    for (const { job } of localNeeds(plan.needs)) {
      if (!byName.has(job)) continue;
      count += 1;
      const known = needers.get(job);
      if (known === undefined) needers.set(job, [plan.name]);
      else known.push(plan.name);
    }
    waiting.set(plan.name, count);
  }
  const free = [...waiting].filter(([, count]) => count === 0).map(([name]) => name);
  for (const name of free) {
    waiting.delete(name);
    for (const needer of needers.get(name) ?? []) {
      const left = (waiting.get(needer) ?? 0) - 1;
      waiting.set(needer, left);
      if (left === 0) free.push(needer);
    }
  }
  const [first] = waiting.keys();
  if (first !== undefined) reportCircle(first, waiting, byName);
}

function reportCircle(first: string, stuck: ReadonlyMap<string, number>, byName: Jobs): void {
  const path: string[] = [];
  const seen = new Set<string>();
  let name: string | undefined = first;
  while (name !== undefined && !seen.has(name)) {
    seen.add(name);
    path.push(name);
    name = localNeeds(byName.get(name)?.plan.needs).find((need) => stuck.has(need.job))?.job;
  }
  const circle = [...path.slice(path.indexOf(name as string)), name as string];
  const shown = circle.length > 12 ? [...circle.slice(0, 10), '…', circle.at(-1)] : circle;
  byName
    .get(circle[0] as string)
    ?.field.at('needs')
    .error('GITLAB_NEEDS_CYCLE', { circle: shown.join(' → ') });
}
