import { relative, resolve } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { MOST_PARTS, makePart } from '../../package-job/index.ts';
import { nodeOf, packageTitle } from '../../spack/index.ts';
import { jobContext, type CommandContext, type CommandModule } from '../command.ts';
import { addEnvironmentOptions, environmentRequest, type EnvironmentOptions } from '../lock-options.ts';

interface Share {
  readonly part: number;
  readonly parts: number;
}

interface PartOptions extends EnvironmentOptions {
  readonly part?: Share;
  readonly output: string;
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
    .action(async (options: PartOptions) => lockPart(options, context));
};

function shareOf(text: string): Share {
  const [, part, parts] = (/^(\d{1,3})\/(\d{1,3})$/.exec(text) ?? []).map(Number);
  if (part !== undefined && parts !== undefined && part >= 1 && part <= parts && parts <= MOST_PARTS)
    return { part, parts };
  throw new InvalidArgumentError(`It is not a part as in 2/4, of at most ${MOST_PARTS}.`);
}

async function lockPart(options: PartOptions, context: CommandContext): Promise<void> {
  const { cwd, env, terminal } = context;
  const share = options.part ?? shareOf(`${env['CI_NODE_INDEX'] || 1}/${env['CI_NODE_TOTAL'] || 1}`);
  const request = { ...environmentRequest(options, cwd), share, folder: resolve(cwd, options.output) };
  const { file, lock } = await makePart(request, jobContext(context));
  for (const { spec, hash } of lock?.roots ?? [])
    terminal.data(`${spec} → ${packageTitle(nodeOf(lock as NonNullable<typeof lock>, hash))}`);
  const count = lock?.roots.length ?? 0;
  const roots =
    lock === undefined ? 'no root, since a tested lock has them all' : `${count} root${count === 1 ? '' : 's'}`;
  terminal.note(`Part ${share.part} of ${share.parts} is in ${relative(cwd, file) || file}: ${roots}.`);
}
