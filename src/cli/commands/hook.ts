import { resolve } from 'node:path';
import type { Command } from 'commander';
import {
  installHook,
  notifyCommand,
  notifyServer,
  pushedRefs,
  removeHook,
  type HookOutcome,
  type HookServer,
  type NotifyOptions,
} from '../../forge/index.ts';
import { readToken } from '../read-token.ts';
import type { CommandContext, CommandModule } from '../command.ts';
import { cliError } from '../errors.ts';

interface Json {
  readonly json?: true;
}

interface ServerOptions {
  readonly url: string;
  readonly stack: string;
  readonly tokenFile?: string;
  readonly actor?: string;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command.description(
    'Make a git repository on this machine notify the server of each push, so that it does not wait for its next poll.',
  );
  configureInstall(command, context);
  configureRemove(command, context);
  configureNotify(command, context);
};

const actorHelp =
  'variable of the hook’s environment that names who pushed: REMOTE_USER, GL_USERNAME, GITEA_PUSHER_NAME';

function configureInstall(command: Command, context: CommandContext): void {
  command
    .command('install')
    .description('Install the post-receive hook. Safe to repeat; never makes a push fail.')
    .argument('<repository>', 'path of the repository that is pushed to')
    .requiredOption('--url <url>', "the server's base URL")
    .requiredOption('--stack <name>', "the stack's name at the server")
    .option('--token-file <file>', 'file with the `hookToken` of the stack, which lets the server trust who pushed')
    .option('--actor <variable>', actorHelp)
    .option('--force', 'keep an existing hook beside the new one, and run it first')
    .option('--json', 'print one line of JSON')
    .action(async (repository: string, options: ServerOptions & Json & { force?: true }) => {
      const { url, stack, force } = options;
      const server = { url, stack, who: whoOf(options, context) };
      const remote = resolve(context.cwd, repository);
      const fallback = notifyCommand(server);
      print(await installHook({ remote, server, fallback, force, path: context.env.PATH }), options, context);
    });
}

function configureRemove(command: Command, context: CommandContext): void {
  command
    .command('remove')
    .description('Remove the hook, and restore the one that it replaced.')
    .argument('<repository>', 'path of the repository')
    .option('--json', 'print one line of JSON')
    .action(async (repository: string, options: Json) => {
      const remote = resolve(context.cwd, repository);
      print(await removeHook({ remote, path: context.env.PATH }), options, context);
    });
}

function configureNotify(command: Command, context: CommandContext): void {
  command
    .command('notify')
    .description('Notify the server of a push. The hook runs this, with the list of refs from git as input.')
    .requiredOption('--url <url>', "the server's base URL")
    .requiredOption('--stack <name>', "the stack's name at the server")
    .option('--token-file <file>', 'file with the `hookToken` of the stack')
    .option('--actor <variable>', actorHelp)
    .action(async (options: ServerOptions) => {
      const { url, stack } = options;
      await notifyServer({ url, stack, ...(await senderOf(options, context)) });
    });
}

/** Returns the sender's token and variable, which go together. */
function whoOf({ tokenFile, actor }: ServerOptions, { cwd }: CommandContext): HookServer['who'] {
  const wrong = (message: string) => cliError('CLI_USAGE', { message, program: 'slipway hook' });
  if ((tokenFile === undefined) !== (actor === undefined)) throw wrong('`--token-file` and `--actor` go together');
  if (tokenFile === undefined || actor === undefined) return undefined;
  if (!/^[A-Za-z_]\w*$/.test(actor)) throw wrong(`\`--actor ${actor}\` does not name a variable`);
  return { tokenFile: resolve(cwd, tokenFile), variable: actor };
}

async function senderOf(options: ServerOptions, context: CommandContext): Promise<Pick<NotifyOptions, 'sender'>> {
  const who = whoOf(options, context);
  const actor = context.env[who?.variable ?? ''] ?? '';
  // Without a sender the server records that an unknown person pushed.
  if (who === undefined || actor === '' || context.input === undefined) return {};
  const token = await readToken(context, { file: who.tokenFile, variable: '--token-file' });
  return { sender: { token, actor, pushes: pushedRefs(await context.input()) } };
}

function print(result: HookOutcome, { json }: Json, { terminal }: CommandContext): void {
  if (json === true) terminal.json(result);
  else terminal.data(`${result.path}: ${result.outcome}`);
}
