import type { Command } from 'commander';
import { requestJson } from '../../client/index.ts';
import type { BlockView, QuotaList, QuotaView } from '../../protocol/index.ts';
import type { CommandContext, CommandModule } from '../command.ts';
import { addAccessOptions, serverAccess, type AccessOptions } from '../server-access.ts';

interface ListOptions extends AccessOptions {
  readonly stack: string;
  readonly json?: true;
}

interface BlockOptions extends AccessOptions {
  readonly json?: true;
  readonly stack: string;
  readonly author?: string;
  readonly request?: string;
  readonly reason?: string;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command.description('Show what a stack, its authors and its pull requests use of their quotas, or stop one of them.');
  addAccessOptions(command.command('list', { isDefault: true }))
    .description('show quotas and blocks')
    .requiredOption('--stack <name>', "the stack's name at the server")
    .option('--json', 'print one line of JSON')
    .action((options: ListOptions) => list(context, options));
  blockOptions(command.command('block'))
    .description('cancel what runs for an author, a pull request or the whole stack, and start nothing more')
    .requiredOption('--reason <text>', 'why; statuses of commits show it')
    .action((options: BlockOptions) => act(context, 'block', options));
  blockOptions(command.command('unblock'))
    .description('let it start again; what waited meanwhile starts by itself')
    .action((options: BlockOptions) => act(context, 'unblock', options));
};

function blockOptions(command: Command): Command {
  return addAccessOptions(command)
    .requiredOption('--stack <name>', "the stack's name at the server")
    .option('--author <name>', 'author of pull requests, or account that pushes')
    .option('--request <number>', 'number of a pull request')
    .option('--json', 'print one line of JSON');
}

async function list(context: CommandContext, { stack, json, ...options }: ListOptions): Promise<void> {
  const { terminal } = context;
  const server = await serverAccess(context, options);
  const answer = await requestJson<QuotaList>(server, `/api/v1/stacks/${encodeURIComponent(stack)}/quotas`);
  if (json) return terminal.json(answer);
  for (const one of answer.blocks) terminal.data(blockLine(one));
  for (const one of answer.quotas) terminal.data(quotaLine(one));
}

async function act(
  context: CommandContext,
  action: 'block' | 'unblock',
  { stack, author, request, reason, json, ...options }: BlockOptions,
): Promise<void> {
  const path = `/api/v1/stacks/${encodeURIComponent(stack)}/${action}`;
  const answer = await requestJson<{ kind: string; name: string; canceled?: readonly string[] }>(
    await serverAccess(context, options),
    path,
    { author, request, reason },
  );
  if (json) return context.terminal.json(answer);
  const canceled = (answer.canceled ?? []).map((id) => ` ${id}`).join('');
  const rest = canceled === '' ? '' : `; canceled pipelines:${canceled}`;
  context.terminal.data(`${answer.kind} ${answer.name}: ${action}ed${rest}`);
}

function quotaLine({ kind, name, limit, used, most }: QuotaView): string {
  return `${kind} ${name}  ${limit}  ${used} of ${most === 0 ? 'any number' : most}`;
}

function blockLine({ kind, name, by, reason, since }: BlockView): string {
  return `${kind} ${name}  blocked by ${by}${since === undefined ? '' : ` since ${since}: ${reason}`}`;
}
