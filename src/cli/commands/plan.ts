import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';
import {
  FEW_ALIKE,
  alikeCauses,
  describeReason,
  estimateTime,
  explainHashes,
  readStack,
} from '../../generate/index.ts';
import type { BuildPlan, HashReason, MirrorSource, RootCause, TimeEstimate } from '../../generate/index.ts';
import type { Lockfile } from '../../spack/index.ts';
import type { CommandContext, CommandModule } from '../command.ts';
import { addedBytes } from '../generate/added-bytes.ts';
import type { AddedBytes } from '../generate/added-bytes.ts';
import { lockAgainst } from '../generate/against.ts';
import { locksOfData } from '../generate/locks-of-data.ts';
import { locksOfServer } from '../generate/tested-lock.ts';
import { buildHistory } from '../generate/build-history.ts';
import { decideBuild } from '../generate/decide-build.ts';
import type { DecisionRequest } from '../generate/decide-build.ts';
import { addLockOptions, configScopesOf, givenLock, repeated } from '../generate/given-lock.ts';
import type { LockOptions } from '../generate/given-lock.ts';
import { jobBuilder } from '../job-builder.ts';
import { readJobEnvironment } from '../job-environment.ts';
import { describePlan, planAsData } from '../plan-report.ts';

interface PlanOptions extends LockOptions {
  readonly mirror: readonly string[];
  readonly against?: string;
  readonly history?: string;
  readonly data?: string;
  readonly cores: number;
  readonly json?: boolean;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command.description('Show what a pipeline of this environment would build, and why. Writes nothing.');
  addLockOptions(command)
    .option(
      '--mirror <url>',
      'mirror to compare with; can be repeated (default: SLIPWAY_MIRROR, else the stack’s own; without one everything is missing)',
      repeated,
      [],
    )
    .option('--against <ref>', 'a commit or the file of a lock: tell what changed since, and what that adds')
    .option('--history <file>', 'seconds that packages took before, by name: tells how long this takes')
    .option(
      '--data <folder>',
      'data folder of the server, whose jobs tell the same (default: the one that is here, if any)',
    )
    .option('--cores <number>', 'builds that run at once, for the time', coresOf, availableParallelism())
    .option('--json', 'print the plan as JSON')
    .action(async (options: PlanOptions) => plan(options, context));
};

function coresOf(text: string): number {
  const cores = Number(text);
  if (Number.isInteger(cores) && cores > 0) return cores;
  throw new InvalidArgumentError('It is no number of cores.');
}

async function plan(options: PlanOptions, context: CommandContext): Promise<void> {
  const { cwd, env, terminal } = context;
  const job = await readJobEnvironment(env, cwd, options.mirror[0]);
  const { lock } = await givenLock(options, context, {
    known: async () =>
      (await locksOfServer(context)) ?? locksOfData(resolve(cwd, options.env), { place: options, context }),
  });
  const request = { lock, job, stack: await stackAt(options, context), named: options.mirror, prune: true };
  const { plan: decided, mirrors } = await decideBuild(request, context);
  const change = await changeSince(lock, decided, { options, context, mirrors });
  const history = await buildHistory(options, context);
  const time = history === undefined ? undefined : estimateTime(decided, history, options.cores);
  if (options.json === true)
    terminal.json({ ...planAsData(decided), ...change, ...(time === undefined ? {} : { time }) });
  else for (const line of describe(decided, { change, time, cores: options.cores })) terminal.data(line);
}

/** A lock alone can be planned too. */
async function stackAt(options: PlanOptions, context: CommandContext): Promise<DecisionRequest['stack']> {
  const environment = resolve(context.cwd, options.env);
  if (!existsSync(join(environment, 'spack.yaml'))) return { mirrors: [], scopes: [] };
  const configScopes = configScopesOf(options, context);
  return readStack(environment, { configScopes, variables: context.env });
}

interface Change {
  /** Packages whose hashes are not those of the other lock, and why. */
  readonly changed: readonly HashReason[];
  readonly bytes: AddedBytes;
}

async function changeSince(
  after: Lockfile,
  decided: BuildPlan,
  { options, context, mirrors }: { options: PlanOptions; context: CommandContext; mirrors: readonly MirrorSource[] },
): Promise<Change | undefined> {
  const { against } = options;
  if (against === undefined) return undefined;
  const { cwd } = context;
  const environment = resolve(cwd, options.env);
  const configScopes = configScopesOf(options, context);
  const builder = jobBuilder(environment, context);
  const before = await lockAgainst({ against, environment, configScopes, cwd, builder });
  const changed = explainHashes(before, after);
  return { changed, bytes: await addedBytes({ before, after, plan: decided, reasons: changed, mirrors }) };
}

function describe(
  decided: BuildPlan,
  { change, time, cores }: { change: Change | undefined; time: TimeEstimate | undefined; cores: number },
): readonly string[] {
  const causes = new Map(change?.changed.map((one) => [one.hash, describeReason(one)]));
  const decisions = decided.decisions.map((one) => {
    const cause = causes.get(one.hash);
    return cause === undefined ? one : { ...one, reason: `${one.reason}; ${cause}` };
  });
  return [
    ...describePlan({ ...decided, decisions }, true),
    ...(change === undefined ? [] : causesText(change.changed)),
    ...(time === undefined ? [] : [timeText(time, cores)]),
    ...(change === undefined ? [] : [bytesText(change.bytes, decided)]),
  ];
}

/** Where it all began: each package that changed in itself, with how many hashes it changed; the most first. */
function causesText(changed: readonly HashReason[]): readonly string[] {
  if (changed.length === 0) return ['No hash is another than before.'];
  const roots = new Map(changed.flatMap((one) => one.roots).map((root) => [root.hash, root]));
  const lines = [...alikeCauses([...roots.values()])].flatMap(([text, alike]) => {
    const told = alike.length <= FEW_ALIKE ? alike.map((one) => [one]) : [alike];
    return told.map((some) => ({ text: `${whose(some)} (${text})`, count: countFrom(changed, some) }));
  });
  const sorted = lines.toSorted((a, b) => b.count - a.count);
  return [
    `${changed.length} hashes are not as before. Where that began:`,
    ...sorted.map(({ text, count }) => `  ${text}: ${count} of them`),
  ];
}

function whose(alike: readonly RootCause[]): string {
  const [first] = alike;
  return alike.length === 1 && first !== undefined ? `${first.name}@${first.version}` : `${alike.length} packages`;
}

function countFrom(changed: readonly HashReason[], causes: readonly RootCause[]): number {
  const hashes = new Set(causes.map(({ hash }) => hash));
  return changed.filter(({ roots }) => roots.some(({ hash }) => hashes.has(hash))).length;
}

function timeText({ seconds, work, criticalPath, unknown }: TimeEstimate, cores: number): string {
  const guess = unknown === 0 ? '' : `; ${unknown} packages have no time yet, and count like the usual one`;
  const chain = criticalPath.length === 0 ? '' : `, at least for ${criticalPath.join(' → ')}`;
  const places = cores === 1 ? '1 core' : `${cores} cores`;
  return `About ${durationText(seconds)} on ${places} (${durationText(work)} of work${chain}${guess}).`;
}

function durationText(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

function bytesText({ mirror, image, unknown }: AddedBytes, { decisions }: BuildPlan): string {
  const builds = decisions.filter(({ build }) => build).length;
  if (builds === 0) return 'Adds nothing to the mirror.';
  if (unknown === builds) return 'What it adds is not known: no mirror holds these packages as they were before.';
  const guess = unknown === 0 ? '' : `, and ${unknown} packages of unknown size`;
  return `Adds about ${megabytes(mirror)} to the mirror and ${megabytes(image)} to the image${guess}.`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
