import { Option } from 'commander';
import { scopes, type Scope } from '../../access/index.ts';
import type { TokenView } from '../../protocol/index.ts';
import type { CommandContext, CommandModule } from '../command.ts';
import { addYesOption, confirm, type ConfirmFlags } from '../confirm.ts';
import { cliError } from '../errors.ts';
import { placedCommand, type ServerPlace } from '../server-place.ts';
import { tokenService } from '../token-service.ts';

interface JsonOption {
  readonly json?: true;
}

interface CreateOptions extends ServerPlace, JsonOption {
  readonly name: string;
  readonly scope: Scope;
  readonly stack?: readonly string[];
  readonly allStacks?: true;
  readonly days: string;
  readonly actor?: string;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command.description(
    'Create, list and revoke access tokens: in the data folder of a server on this machine, which may run meanwhile, ' +
      'or with `--url` at a server, with a token that has the scope `admin` on all stacks.',
  );
  const placed = (name: string) => placedCommand(command, name);
  placed('create')
    .description('create a token; it is printed once, and only its digest is kept')
    .requiredOption('--name <text>', 'its purpose, for `slipway token list` and logs')
    .addOption(new Option('--scope <scope>', 'each scope includes those before it').choices(scopes).default('read'))
    .option('--stack <name...>', 'stacks that it is for')
    .option('--all-stacks', 'for all stacks, those of later as well')
    .option('--days <number>', 'days until it expires', '90')
    .option('--actor <account>', 'account at the forge that pipelines started with it count as of')
    .action((options: CreateOptions) => create(options, context));
  placed('list')
    .description('list tokens with their scope, their stacks and their last use')
    .action((options: ServerPlace & JsonOption) => list(options, context));
  addYesOption(placed('revoke'))
    .description('revoke a token, or end the sessions of a person, from the next request on')
    .argument('[id]', 'id of the token')
    .option('--sessions-of <name>', 'end all sessions of this person instead')
    .action((id: string | undefined, options: RevokeOptions) => revoke(id, options, context));
};

async function create(options: CreateOptions, context: CommandContext): Promise<void> {
  const { name, scope, stack = [], allStacks, days, actor, json } = options;
  if (stack.length > 0 === (allStacks === true))
    throw usage('create', 'name its stacks: --stack NAME, or --all-stacks');
  if (!(Number(days) > 0)) throw usage('create', '`--days` must be a positive number');
  const stacks = allStacks === true ? ['*'] : [...stack];
  const service = await tokenService(context, options);
  const created = await service.create({ name, scope, stacks, actor, days: Number(days) });
  if (json === true) return context.terminal.json(created);
  context.terminal.data(created.token);
  context.terminal.note(`Token ${created.id}: ${describe(created)}. It is not shown again.`);
  context.terminal.note(`For mirrors over S3: AWS_ACCESS_KEY_ID=${created.s3.accessKeyId}`);
  context.terminal.note(`                     AWS_SECRET_ACCESS_KEY=${created.s3.secretAccessKey}`);
  if (created.id === '1')
    context.terminal.note('This is the first token: from now on, local programs need a token for changes as well.');
}

async function list(options: ServerPlace & JsonOption, context: CommandContext): Promise<void> {
  const service = await tokenService(context, options);
  const tokens = await service.list();
  if (options.json === true) return context.terminal.json({ tokens });
  for (const token of tokens) context.terminal.data(`${token.id}  ${token.name}  ${describe(token)}`);
  if (tokens.length === 0) context.terminal.note('There are no tokens.');
}

interface RevokeOptions extends ServerPlace, JsonOption, ConfirmFlags {
  readonly sessionsOf?: string;
}

async function revoke(id: string | undefined, options: RevokeOptions, context: CommandContext): Promise<void> {
  const { sessionsOf, json } = options;
  const { terminal } = context;
  if ((id === undefined) === (sessionsOf === undefined))
    throw usage('revoke', 'name the id of a token, or a person with --sessions-of');
  await confirm(id === undefined ? `End all sessions of ${sessionsOf}` : `Revoke token ${id}`, options, context);
  const service = await tokenService(context, options);
  if (id !== undefined) {
    const token = await service.revoke(id);
    return json === true ? terminal.json(token) : terminal.data(`${token.id}  ${token.name}  ${describe(token)}`);
  }
  const ended = await service.endSessions(sessionsOf ?? '');
  if (json === true) terminal.json({ ended });
  else terminal.data(`${ended} ${ended === 1 ? 'session' : 'sessions'} of ${sessionsOf} ended`);
}

function describe({ scope, stacks, expiresAt, lastUsedAt, revokedAt, actor }: TokenView): string {
  const on = stacks.includes('*') ? 'all stacks' : stacks.join(', ');
  const end = revokedAt === undefined ? `expires ${expiresAt}` : `revoked ${revokedAt}`;
  const account = actor === undefined ? '' : `, counts as ${actor}`;
  return `${scope} on ${on}${account}, ${end}, ${lastUsedAt === undefined ? 'never used' : `last used ${lastUsedAt}`}`;
}

function usage(name: string, message: string) {
  return cliError('CLI_USAGE', { message, program: `slipway token ${name}` });
}
