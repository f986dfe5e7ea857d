import { why, type Explained, type ExplainedPackage } from '../../package-job/index.ts';
import { describeReason, packageTitle } from '../../spack/index.ts';
import type { CommandContext, CommandModule } from '../command.ts';
import { addLockOptions, lockingContext, lockRequest, repeated, type LockOptions } from '../lock-options.ts';

interface WhyOptions extends LockOptions {
  readonly against?: string;
  readonly mirror: readonly string[];
  readonly json?: boolean;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .description('Show why a package is built again: what changed in its hash, down to the package that caused it.')
    .argument('<package>', 'a spec: name, name@version, /hash …');
  addLockOptions(command)
    .option(
      '--against <ref>',
      'a commit or the file of a lock (default: HEAD if the folder differs from it, else HEAD^)',
    )
    .option('--mirror <url>', 'also show what a mirror has of the package; can be repeated', repeated, [])
    .option('--json', 'print the causes as JSON')
    .action(async (spec: string, options: WhyOptions) => printWhy(spec, options, context));
};

async function printWhy(spec: string, options: WhyOptions, context: CommandContext): Promise<void> {
  const { cwd, terminal } = context;
  const { against, mirror: mirrors } = options;
  const explained = await why({ ...lockRequest(options, cwd), spec, against, mirrors }, lockingContext(context));
  if (options.json === true)
    return terminal.json({ against: explained.against, packages: explained.packages.map(packageAsData) });
  for (const one of explained.packages) {
    for (const line of describe(one, explained)) terminal.data(line);
    if (one.decision !== undefined) terminal.data(`  ${one.decision.build ? 'build' : 'keep'}: ${one.decision.reason}`);
  }
  return undefined;
}

function packageAsData({ node: { name, version, hash }, reason, decision }: ExplainedPackage) {
  const known = reason ?? { name, version, hash, own: [], through: [], roots: [] };
  return decision === undefined ? known : { ...known, build: decision.build, decision: decision.reason };
}

function describe({ node, reason }: ExplainedPackage, { lock, against }: Explained): readonly string[] {
  const title = packageTitle(node);
  if (reason === undefined) return [`${title}: the same hash as in ${against}; nothing changed`];
  const was = reason.before === undefined ? '' : ` (was /${reason.before.slice(0, 7)})`;
  const through = reason.through
    .flatMap((hash) => lock.nodes.get(hash) ?? [])
    .map((one) => `  not as before: ${packageTitle(one)}`);
  return [`${title}${was}: ${describeReason(reason)}`, ...through];
}
