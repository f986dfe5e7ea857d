import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { estimateTime, readStack, type BuildPlan } from '../../generate/index.ts';
import { readGit } from '../../kit/index.ts';
import type { ChangeReport, TestedLocks } from '../../protocol/index.ts';
import { changeBytes, changeReport, sizedHashes, type KnownChange } from '../../report/index.ts';
import { explainHashes, type HashReason, type Lockfile } from '../../spack/index.ts';
import { jobBuilder } from '../job-builder.ts';
import type { PackageJobContext } from '../package-job-context.ts';
import { readJobEnvironment } from '../job-environment.ts';
import { lockAgainst } from './against.ts';
import { packageSizes } from './package-sizes.ts';
import type { LockReuse } from '../generate/base-lock.ts';
import { chooseLock, type LockSelection } from '../generate/choose-lock.ts';
import { decideBuild, type DecidedBuild, type DecisionRequest } from '../generate/decide-build.ts';
import { orNone, testedLocksOfServer } from '../generate/tested-lock.ts';

interface PlanRequest extends LockSelection {
  /** Addresses of the mirrors to compare with. */
  readonly mirrors: readonly string[];
  /** A commit or the file of a lock to compare with. */
  readonly against?: string;
  /** How many builds run at once, for the time. */
  readonly cores: number;
  /** The data folder of a server, and the locks there that were tested for a tree. */
  readonly stored?: {
    readonly folder: string;
    readonly testedLocks: (tree: string) => Promise<TestedLocks | undefined>;
  };
  /** Seconds that packages took to build, by name. */
  readonly buildTimes?: ReadonlyMap<string, number>;
}

interface Planned {
  readonly plan: BuildPlan;
  /** What was kept of the base's lock, with `lock: reuse`. */
  readonly reuse?: LockReuse;
  /** Packages whose hashes are not those of the other lock, and why. */
  readonly changed?: readonly HashReason[];
  readonly change: ChangeReport;
}

/** Finds out what a pipeline of an environment would build, and why; writes nothing. */
export async function plan(request: PlanRequest, context: PackageJobContext): Promise<Planned> {
  const { env, cwd } = context;
  const { mirrors: named, cores, buildTimes } = request;
  const job = await readJobEnvironment(env, cwd, named[0]);
  const { lock, reuse } = await chooseLock(request, context, {
    find: async () => (await testedLocksOfServer(context)) ?? storedLocks(request, context),
    findBase: async () => (await testedLocksOfServer(context, 'base')) ?? storedBase(request, context),
  });
  const stack = await readStackIfAny(request, env);
  const decision = await decideBuild({ lock, job, stack, named, prune: true }, context);
  const compared = await compare(lock, decision, { request, context });
  const time = buildTimes && estimateTime(decision.plan, buildTimes, { jobs: cores });
  const change = changeReport({
    ...compared,
    plan: decision.plan,
    against: request.against === undefined ? undefined : { name: request.against },
    time: time && { ...time, jobs: cores, criticalPath: [...time.criticalPath] },
  });
  return { plan: decision.plan, reuse, changed: compared?.reasons, change };
}

/** Returns the locks that a server whose data folder is here has tested, if the environment is as it was committed. */
async function storedLocks(
  { environment, stored }: PlanRequest,
  context: PackageJobContext,
): Promise<TestedLocks | undefined> {
  if (stored === undefined) return undefined;
  return orNone(context, async () => {
    const tree = await cleanTree(environment, stored.folder);
    return tree === undefined ? undefined : stored.testedLocks(tree);
  });
}

/** How many commits are searched for a tested one. */
const ANCESTORS = 100;

/** Returns the locks of the newest commit before the present state whose tree such a server has tested. */
async function storedBase(
  { environment, stored }: PlanRequest,
  context: PackageJobContext,
): Promise<TestedLocks | undefined> {
  if (stored === undefined) return undefined;
  return orNone(context, async () => {
    const words = ['log', '--first-parent', '--format=%T', `--max-count=${ANCESTORS}`, 'HEAD'];
    const trees = (await readGit(environment, words))?.trim().split('\n') ?? [];
    for (const tree of trees) {
      const found = await stored.testedLocks(tree);
      if (found !== undefined) return found;
    }
    return undefined;
  });
}

/** A lock alone can be planned too. */
async function readStackIfAny(
  { environment, configScopes }: PlanRequest,
  variables: PackageJobContext['env'],
): Promise<DecisionRequest['stack']> {
  if (!existsSync(join(environment, 'spack.yaml'))) return { mirrors: [], scopes: [] };
  return readStack(environment, { configScopes, variables });
}

/** Returns why hashes differ from those of the other lock, if there is one, and what that adds. */
async function compare(
  after: Lockfile,
  { plan: decided, mirrors, states }: DecidedBuild,
  { request, context }: { request: PlanRequest; context: PackageJobContext },
): Promise<(Pick<KnownChange, 'bytes'> & { readonly reasons: readonly HashReason[] }) | undefined> {
  const { against, environment, configScopes } = request;
  if (against === undefined) return undefined;
  const builder = () => jobBuilder(environment, context);
  const before = await lockAgainst({ against, environment, configScopes, cwd: context.cwd, builder });
  const reasons = explainHashes(before, after);
  const change = { plan: decided, reasons, before, after };
  const nodes = [...sizedHashes(change)].flatMap((hash) => before.nodes.get(hash) ?? after.nodes.get(hash) ?? []);
  return { reasons, bytes: changeBytes({ ...change, sizes: await packageSizes({ nodes, mirrors, states }) }) };
}

/** Returns the tree of the commit that a folder is at, if nothing but `data` is beside what was committed. */
async function cleanTree(folder: string, data: string): Promise<string | undefined> {
  const top = (await readGit(folder, ['rev-parse', '--show-toplevel']))?.trim();
  const without = `${data}/`.startsWith(`${top}/`) ? [`:(exclude)${data}`] : [];
  if ((await readGit(folder, ['status', '--porcelain', '--', ':/', ...without])) !== '') return undefined;
  return (await readGit(folder, ['rev-parse', '--verify', '--quiet', 'HEAD^{tree}']))?.trim();
}
