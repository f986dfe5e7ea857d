import { planBuild, readMirrorState, touchedPackages } from '../../generate/index.ts';
import type { BuildPlan, MirrorSource, Stack } from '../../generate/index.ts';
import type { Lockfile } from '../../spack/index.ts';
import { isMirrorAbsent } from '../../mirror/index.ts';
import type { CommandContext } from '../command.ts';
import { mirrorsOf, readJobEnvironment } from '../job-environment.ts';
import type { JobEnvironment } from '../job-environment.ts';
import { readableMirrors } from '../stack-mirrors.ts';
import { changedPackages, dependentDepth } from './changed-packages.ts';

export interface DecisionRequest {
  readonly lock: Lockfile;
  readonly job: JobEnvironment;
  /** Its mirrors count where none is named, and no server gives one. */
  readonly stack: Pick<Stack, 'mirrors' | 'scopes'>;
  /** Those that were named on the command line; the first is the job's. */
  readonly named: readonly string[];
  readonly prune: boolean;
}

export interface Decision {
  readonly plan: BuildPlan;
  /** What the lock was compared with. */
  readonly mirrors: readonly MirrorSource[];
  readonly nothingPruned: boolean;
  readonly prunesUntouched: boolean;
}

/** What a pipeline of this lock builds, here and now: by what mirrors hold, and what the change at hand touches. */
export async function decideBuild(request: DecisionRequest, context: CommandContext): Promise<Decision> {
  const { lock, job, prune } = request;
  const { env } = context;
  const mirrors = await planMirrors(request, context);
  // A job's own mirror is begun by the first that pushes.
  const isOwn = request.named.length === 0 && context.env['SLIPWAY_MIRROR'] !== undefined;
  for (const { store } of isOwn ? [] : mirrors) {
    if (isMirrorAbsent({ url: store.url, cwd: context.cwd }))
      context.terminal.note(`There is no mirror at ${store.url} yet: nothing is on it.`);
  }
  const states = await readMirrorState(lock, mirrors);
  const changed = await changedPackages(env, job.projectFolder, request.stack.scopes);
  const touched = changed === undefined ? undefined : touchedPackages(lock, changed, dependentDepth(env));
  const nothingPruned = !isPruning(prune, env);
  const options = { keepUpToDate: nothingPruned, ...(touched === undefined ? {} : { touched }) };
  return { mirrors, plan: planBuild(lock, states, options), nothingPruned, prunesUntouched: touched !== undefined };
}

/** SPACK_PRUNE_UP_TO_DATE says it above the command line, as in Spack. */
function isPruning(prune: boolean, env: CommandContext['env']): boolean {
  const said = env['SPACK_PRUNE_UP_TO_DATE'];
  return said === undefined ? prune : said.toLowerCase() === 'true';
}

async function planMirrors(
  { job, stack, named }: DecisionRequest,
  { env, cwd, terminal }: CommandContext,
): Promise<readonly MirrorSource[]> {
  const further = await Promise.all(
    named.slice(1).map(async (url) => (await readJobEnvironment(env, cwd, url)).mirror),
  );
  const given = [...mirrorsOf(job), ...further.filter((one) => one !== undefined)];
  if (given.length > 0) return given;
  const warn = (message: string) => terminal.note(message);
  return readableMirrors(stack.mirrors, { env, warn, ...(job.verifier && { verifier: job.verifier }) });
}
