import { resolve } from 'node:path';
import type { Command } from 'commander';
import { installHook, notifyServer, removeHook } from '../../forge/index.ts';
import type { HookOutcome } from '../../forge/index.ts';
import type { CommandContext, CommandModule } from '../command.ts';
import { programEntry } from '../package-root.ts';

interface Json {
  readonly json?: true;
}

interface ServerOptions {
  readonly url: string;
  readonly stack: string;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command.description(
    "Has a git repository on this machine wake the server after each push, instead of the server's next poll.",
  );
  configureInstall(command, context);
  configureRemove(command, context);
  configureNotify(command);
};

function configureInstall(command: Command, context: CommandContext): void {
  command
    .command('install')
    .description('Install the post-receive hook. Safe to repeat; never makes a push fail.')
    .argument('<repository>', 'path of the repository that is pushed to')
    .requiredOption('--url <url>', "the server's base URL")
    .requiredOption('--stack <name>', "the stack's name at the server")
    .option('--force', 'keep a hook that is there already beside the new one, and run it first')
    .option('--json', 'print one line of JSON')
    .action(async (repository: string, options: ServerOptions & Json & { force?: true }) => {
      const { url, stack, force } = options;
      const words = [process.execPath, programEntry(), 'hook', 'notify', '--url', url, '--stack', stack];
      const remote = resolve(context.cwd, repository);
      tell(await installHook({ remote, command: words, force, path: context.env.PATH }), options, context);
    });
}

function configureRemove(command: Command, context: CommandContext): void {
  command
    .command('remove')
    .description('Take the hook away, and put back the one that it had been put before.')
    .argument('<repository>', 'path of the repository')
    .option('--json', 'print one line of JSON')
    .action(async (repository: string, options: Json) => {
      const remote = resolve(context.cwd, repository);
      tell(await removeHook({ remote, path: context.env.PATH }), options, context);
    });
}

function configureNotify(command: Command): void {
  command
    .command('notify')
    .description('Tell the server that a stack has something new; what the hook runs.')
    .requiredOption('--url <url>', "the server's base URL")
    .requiredOption('--stack <name>', "the stack's name at the server")
    .action((options: ServerOptions) => notifyServer(options));
}

function tell(result: HookOutcome, { json }: Json, { terminal }: CommandContext): void {
  if (json === true) terminal.json(result);
  else terminal.data(`${result.path}: ${result.outcome}`);
}
