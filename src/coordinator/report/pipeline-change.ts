import { estimateTime, type BuildDecision, type BuildPlan } from '../../generate/index.ts';
import type { PipelineRecord } from '../../pipeline/index.ts';
import type { ChangeReport, PipelineChange } from '../../protocol/index.ts';
import { changeBytes, changeReport, changeWords, packageSentences, sizedHashes } from '../../report/index.ts';
import { topologicalOrder, type Lockfile } from '../../spack/index.ts';
import type { CoordinatorContext, Stack } from '../context.ts';
import { coordinatorError } from '../errors.ts';
import { baseLocks } from '../locks/lock-candidates.ts';
import { writePrefixOf } from '../mirror/mirror-access.ts';
import { rootOf } from '../status/status-report.ts';
import { joinedLock, reasonsBetween } from './compared-locks.ts';
import { packageSizes } from './package-sizes.ts';
import { capacityFor, packageJobs, timeLeft } from './pipeline-progress.ts';

type PackageJobs = ReturnType<typeof packageJobs>;

/**
 * Returns what the change of a pipeline does: what its lock holds, what its jobs build, and what differs from the lock
 * that its branch, or the branch that its pull request goes to, had before. Before there is a lock only the jobs count.
 */
export async function changeOfPipeline(context: CoordinatorContext, id: string): Promise<PipelineChange> {
  const report = await reportOf(context, id);
  return { ...report, words: { ...changeWords(report), packages: packageSentences(report) } };
}

async function reportOf(context: CoordinatorContext, id: string): Promise<ChangeReport> {
  const root = rootOf(context, id);
  const stack = context.stacks.get(root.stack);
  if (stack === undefined) throw coordinatorError('STACK_UNKNOWN', { stack: root.stack });
  const jobs = packageJobs(context, root.id);
  const known = {
    pipeline: root.id,
    jobs: new Map(
      jobs.map(({ pipeline, plan, decision, state }) => [
        decision.hash,
        { id: context.pipelines.latestRun(pipeline, plan.name)?.id ?? '', status: state?.status ?? 'created' },
      ]),
    ),
    time: timeOf(context, root, jobs),
    previews: previewsOf(context, root),
  } as const;
  const locks = context.pipelines.locks(root.id);
  if (locks.length === 0)
    return changeReport({ ...known, plan: { decisions: jobs.map(({ decision }) => decision), externals: [] } });
  const after = await joinedLock(context, locks);
  const plan = await planOf({ stack, root, after, jobs });
  const base = baseOf(context, root);
  const before = base && (await joinedLock(context, base.locks));
  const reasons = before && reasonsBetween(stack.mirror, { locks: base.locks, lock: before }, { locks, lock: after });
  const change = { plan, reasons: reasons ?? [], before, after };
  const nodes = [...sizedHashes(change)].flatMap((hash) => after.nodes.get(hash) ?? before?.nodes.get(hash) ?? []);
  const sizes = await packageSizes(stack.mirror, [writePrefixOf(root)], nodes);
  const bytes = changeBytes({ ...change, sizes });
  const against = base && { name: base.record.ref, pipeline: base.record.id };
  return changeReport({ ...known, plan, reasons, against, bytes, saved: savedBy(context, plan) });
}

interface Planned {
  readonly stack: Stack;
  readonly root: PipelineRecord;
  readonly after: Lockfile;
  readonly jobs: PackageJobs;
}

/** What the jobs build; while there are none yet, whatever no mirror has. */
async function planOf({ stack, root, after, jobs }: Planned): Promise<BuildPlan> {
  const prefixes = new Set(['', writePrefixOf(root)]);
  const indexes = await Promise.all([...prefixes].map((prefix) => stack.mirror.publisher(prefix).current()));
  const isPresent = (hash: string) => indexes.some(({ installs }) => installs.get(hash)?.in_buildcache === true);
  const built = new Map(jobs.map(({ decision }) => [decision.hash, decision]));
  const all = topologicalOrder(after);
  const decisions = all
    .filter(({ external }) => external === undefined)
    .map(({ name, version, hash }): BuildDecision => {
      const own = built.get(hash);
      if (own !== undefined) return { ...own, name, version };
      const present = isPresent(hash);
      const build = jobs.length === 0 && !present;
      const reason = present ? 'on the mirror' : 'missing';
      return { name, version, hash, build, reason, present, needs: [], depth: 0 };
    });
  const externals = all.flatMap(({ name, version, hash, external }) =>
    external === undefined ? [] : [{ name, version, hash, reason: 'external' }],
  );
  return { decisions, externals };
}

function baseOf(context: CoordinatorContext, root: PipelineRecord): ReturnType<typeof baseLocks> {
  const [run] = context.pipelines.runs(root.id);
  return run && baseLocks(context, run);
}

function timeOf(context: CoordinatorContext, { id }: PipelineRecord, jobs: PackageJobs): ChangeReport['time'] {
  const history = context.pipelines.durations();
  if (!jobs.some(({ decision }) => history.has(decision.name))) return undefined;
  const count = capacityFor(context, id, jobs);
  const whole = estimateTime({ decisions: jobs.map(({ decision }) => decision) }, history, { jobs: count });
  const left = timeLeft(context, id, jobs)?.seconds;
  return { ...whole, criticalPath: [...whole.criticalPath], left, jobs: count };
}

/** Seconds that what is reused took to build before. */
function savedBy({ pipelines }: CoordinatorContext, { decisions }: BuildPlan): number | undefined {
  const history = pipelines.durations();
  const known = decisions.flatMap(({ build, present, name }) => (!build && present ? (history.get(name) ?? []) : []));
  return known.length === 0 ? undefined : known.reduce((sum, seconds) => sum + seconds, 0);
}

function previewsOf({ ledger }: CoordinatorContext, { id, stack }: PipelineRecord): ChangeReport['previews'] {
  return ledger
    .publications(stack)
    .filter(({ refType, pipeline, state }) => refType === 'pull-request' && pipeline === id && state !== 'removed')
    .map(({ id: image, repository, tag, reference = `${repository}:${tag}`, state, digest }) => {
      return { reference, state, digest, page: `images/${image}` };
    });
}
