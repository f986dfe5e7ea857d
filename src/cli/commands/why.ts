import { resolve } from 'node:path';
import { describeReason, explainHashes } from '../../generate/index.ts';
import type { BuildDecision, HashReason } from '../../generate/index.ts';
import { parseSpec, satisfies } from '../../spack/index.ts';
import type { Lockfile, SpecNode } from '../../spack/index.ts';
import type { CommandContext, CommandModule } from '../command.ts';
import { cliError } from '../errors.ts';
import { addLockOptions, configScopesOf, givenLock, repeated } from '../generate/given-lock.ts';
import type { LockOptions } from '../generate/given-lock.ts';
import { decideBuild } from '../generate/decide-build.ts';
import { lockAgainst, usualBase } from '../generate/against.ts';
import { jobBuilder } from '../job-builder.ts';
import { readJobEnvironment } from '../job-environment.ts';

interface WhyOptions extends LockOptions {
  readonly against?: string;
  readonly mirror: readonly string[];
  readonly json?: boolean;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .description('Tell why a package is built again: what changed in its hash, down to the package where it began.')
    .argument('<package>', 'a spec: name, name@version, /hash …');
  addLockOptions(command)
    .option(
      '--against <ref>',
      'a commit or the file of a lock (default: HEAD if the folder differs from it, else HEAD^)',
    )
    .option('--mirror <url>', 'also show what a mirror has of the package; can be repeated', repeated, [])
    .option('--json', 'print the causes as JSON')
    .action(async (spec: string, options: WhyOptions) => why(spec, options, context));
};

async function why(spec: string, options: WhyOptions, context: CommandContext): Promise<void> {
  const { cwd, terminal } = context;
  const environment = resolve(cwd, options.env);
  const builder = jobBuilder(environment, context);
  const { lock: after } = await givenLock(options, context);
  const nodes = matching(after, spec);
  if (nodes.length === 0) throw cliError('CLI_PACKAGE_MISSING', { spec });
  const against = options.against ?? (await usualBase(environment));
  const configScopes = configScopesOf(options, context);
  const before = await lockAgainst({ against, environment, configScopes, cwd, builder });
  const reasons = new Map(explainHashes(before, after).map((one) => [one.hash, one]));
  const decisions = await decisionsBy(after, options, context);
  const found = nodes.map((node) => ({ node, reason: reasons.get(node.hash), decision: decisions.get(node.hash) }));
  if (options.json === true) {
    const packages = found.map(
      ({
        node: { name, version, hash },
        reason = { name, version, hash, own: [], through: [], roots: [] },
        decision,
      }) => (decision === undefined ? reason : { ...reason, build: decision.build, decision: decision.reason }),
    );
    terminal.json({ against, packages });
    return;
  }
  for (const { node, reason, decision } of found) {
    for (const line of describe(node, { reason, after, against })) terminal.data(line);
    if (decision !== undefined) terminal.data(`  ${decision.build ? 'build' : 'keep'}: ${decision.reason}`);
  }
}

/** Returns what a pipeline would do with each package, by hash, if the command names mirrors to compare with. */
async function decisionsBy(
  lock: Lockfile,
  { mirror: named }: WhyOptions,
  context: CommandContext,
): Promise<ReadonlyMap<string, BuildDecision>> {
  if (named.length === 0) return new Map();
  const job = await readJobEnvironment(context.env, context.cwd, named[0]);
  const { plan } = await decideBuild({ lock, job, stack: { mirrors: [], scopes: [] }, named, prune: true }, context);
  return new Map(plan.decisions.map((one) => [one.hash, one]));
}

function matching(lock: Lockfile, spec: string): readonly SpecNode[] {
  const percent = lock.specfileVersion < 5 ? 'compiler' : 'direct';
  const wanted = parseSpec(spec, { percent });
  return [...lock.nodes.values()].filter((node) => satisfies(node, wanted, lock.nodes));
}

interface Told {
  readonly reason: HashReason | undefined;
  readonly after: Lockfile;
  readonly against: string;
}

function describe(node: SpecNode, { reason, after, against }: Told): readonly string[] {
  const title = titleOf(node);
  if (reason === undefined) return [`${title}: the same hash as in ${against}; nothing changed`];
  const was = reason.before === undefined ? '' : ` (was /${reason.before.slice(0, 7)})`;
  const through = reason.through
    .flatMap((hash) => after.nodes.get(hash) ?? [])
    .map((one) => `  not as before: ${titleOf(one)}`);
  return [`${title}${was}: ${describeReason(reason)}`, ...through];
}

function titleOf({ name, version, hash }: SpecNode): string {
  return `${name}@${version} /${hash.slice(0, 7)}`;
}
