import type { Command } from 'commander';
import { requestJson } from '../../../client/index.ts';
import type { RebaseView } from '../../../protocol/index.ts';
import type { CommandContext } from '../../command.ts';
import { ExitStatus } from '../../exit-status.ts';
import { addAccessOptions, serverAccess, type AccessOptions } from '../../server-access.ts';
import { jsonOption, type JsonFlag } from '../mirror/flags.ts';

interface RebaseFlags extends AccessOptions, JsonFlag {
  readonly stack: string;
  readonly check?: true;
}

/** `slipway image rebase`. */
export function configureRebase(command: Command, context: CommandContext): void {
  const rebase = command
    .command('rebase')
    .description('have a server build published images again of the same lock, on bases that have moved')
    .argument(
      '[images...]',
      '`repository:tag`, or `repository` for the newest image of each of its rules (default: those of all repositories)',
    )
    .requiredOption('--stack <name>', "the stack's name at the server")
    .option('--check', 'build nothing; exit status 1 if a base has moved, or may have');
  addAccessOptions(rebase)
    .option(...jsonOption)
    .action((images: readonly string[], flags: RebaseFlags) => run(images, flags, context));
}

async function run(images: readonly string[], flags: RebaseFlags, context: CommandContext): Promise<void> {
  const { stack, check = false, json } = flags;
  const access = await serverAccess(context, flags);
  const path = `/api/v1/stacks/${encodeURIComponent(stack)}/images/rebase`;
  const answer = await requestJson<{ images: readonly RebaseView[] }>(access, path, { images, check });
  const { terminal } = context;
  if (json) terminal.json(answer);
  else for (const one of answer.images) print(one, context);
  if (answer.images.length === 0) terminal.note('There is no published image that a rule stands for.');
  const isOpen = ({ state, rebuilt }: RebaseView) =>
    state === 'unknown' || (state === 'moved' && rebuilt === undefined);
  if (answer.images.some(isOpen)) throw new ExitStatus(1);
}

function print({ image, state, bases, message, rebuilt }: RebaseView, { terminal }: CommandContext): void {
  terminal.data(`image ${image.id}: ${image.repository}:${image.tag}  ${TEXTS[state]}`);
  for (const { platform, reference, before, after } of bases)
    if (before !== after) terminal.data(`  ${platform}: ${reference} was ${before}, is ${after}`);
  if (rebuilt !== undefined)
    terminal.data(`  image ${rebuilt.id}: ${rebuilt.repository}:${rebuilt.tag}  ${rebuilt.state}  ${rebuilt.url}`);
  if (message !== undefined) terminal.data(`  ${message}`);
}

const TEXTS: Readonly<Record<RebaseView['state'], string>> = {
  current: 'its base has not moved',
  moved: 'its base has moved',
  fixed: 'it has no base that can move',
  unknown: 'it is not known whether its base has moved',
};
