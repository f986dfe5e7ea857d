import { relative, resolve } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import type { LockShare } from '../../builder/index.ts';
import { makePart } from '../../package-job/index.ts';
import { MOST_LOCK_JOBS, nodeOf, packageTitle } from '../../spack/index.ts';
import { jobContext, type CommandContext, type CommandModule } from '../command.ts';
import { addEnvironmentOptions, environmentRequest, type EnvironmentOptions } from '../lock-options.ts';

interface PartOptions extends EnvironmentOptions {
  readonly part?: LockShare;
  readonly output: string;
  readonly json?: true;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command.description(
    'Lock a share of an environment’s roots, for `slipway generate --lock-parts`. Roots that depend on each other ' +
      '(`unify` other than `false`) are all of the first part.',
  );
  addEnvironmentOptions(command)
    .addOption(
      new Option('--part <i/n>', 'which of how many parts (default: CI_NODE_INDEX/CI_NODE_TOTAL)').argParser(shareOf),
    )
    .option('--output <dir>', 'folder of the parts', 'jobs_scratch_dir/lock_parts')
    .option('--json', 'print one line of JSON')
    .action(async (options: PartOptions) => lockPart(options, context));
};

function shareOf(text: string): LockShare {
  const [, part, parts] = (/^(\d{1,3})\/(\d{1,3})$/.exec(text) ?? []).map(Number);
  if (part !== undefined && parts !== undefined && part >= 1 && part <= parts && parts <= MOST_LOCK_JOBS)
    return { part, parts };
  throw new InvalidArgumentError(`It is not a part as in 2/4, of at most ${MOST_LOCK_JOBS}.`);
}

async function lockPart(options: PartOptions, context: CommandContext): Promise<void> {
  const { cwd, env, terminal } = context;
  const share = options.part ?? shareOf(`${env['CI_NODE_INDEX'] || 1}/${env['CI_NODE_TOTAL'] || 1}`);
  const request = { ...environmentRequest(options, cwd), share, folder: resolve(cwd, options.output) };
  const { file, lock } = await makePart(request, jobContext(context));
  const roots = lock?.roots ?? [];
  if (options.json) return terminal.json({ ...share, file, roots: roots.map(({ spec, hash }) => ({ spec, hash })) });
  const where = `Part ${share.part} of ${share.parts} is in ${relative(cwd, file) || file}`;
  if (lock === undefined) return terminal.note(`${where}: no root, since a tested lock has them all.`);
  for (const { spec, hash } of roots) terminal.data(`${spec} → ${packageTitle(nodeOf(lock, hash))}`);
  terminal.note(`${where}: ${roots.length} root${roots.length === 1 ? '' : 's'}.`);
}
