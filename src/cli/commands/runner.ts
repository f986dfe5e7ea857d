import { RegistrationRequest } from '../../protocol/index.ts';
import type { CommandContext, CommandModule } from '../command.ts';
import { addYesOption, confirm, type ConfirmFlags } from '../confirm.ts';
import { configureCreate } from '../runner/create-runner.ts';
import { readNumber } from '../read-number.ts';
import { configureEdit } from '../runner/edit-runner.ts';
import { runnerService, type RunnerAction } from '../runner/runner-service.ts';
import { configureRun } from '../runner/run-runner.ts';
import { runnerFacts, runnerLine } from '../runner/runner-text.ts';
import { showToken } from '../runner/show-token.ts';
import { placedCommand, type ServerPlace } from '../server-place.ts';

type Options = ServerPlace & ConfirmFlags & { readonly json?: true };

interface RegistrationOptions extends Options {
  readonly stack?: string[];
  readonly sandbox?: true;
  readonly days?: number;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command.description(
    'Create and change runners that are not in slipway.server.yaml: in the data folder of a server on this machine, ' +
      'which may run meanwhile, or with `--url` at a server, with a token that has the scope `admin` on all stacks. ' +
      'With `run`, run jobs of a server on this machine.',
  );
  const placed = (name: string) => placedCommand(command, name);
  const named = (name: string) => placed(name).argument('<runner>', 'name or id of the runner');
  configureRun(command.command('run'), context);
  configureCreate(placed('create'), context);
  placed('list')
    .description('list runners; with `--url` also those of the configuration, with their states and jobs')
    .action((options: Options) => list(options, context));
  named('show')
    .description('show what a runner takes; with `--url` also its machines')
    .action((runner: string, options: Options) => show(runner, options, context));
  configureEdit(named('edit'), context);
  named('pause')
    .description('give a runner no more jobs; those that it has may end')
    .action((name: string, options: Options) => act({ action: 'pause', name }, options, context));
  named('resume')
    .description('give a paused runner jobs again')
    .action((name: string, options: Options) => act({ action: 'resume', name }, options, context));
  addYesOption(named('remove'))
    .description('refuse the token of a runner from now on; the jobs that it has may end')
    .action((name: string, options: Options) => act({ action: 'remove', name }, options, context));
  named('rotate')
    .description('give a runner a new token, and print it; the old one counts for another hour')
    .option('--now', 'refuse the old token at once')
    .action((runner: string, options: Options & { now?: true }) => rotate(runner, options, context));
  placed('allow-registration')
    .description(
      'create a registration token, with which `gitlab-runner register` creates runners; it replaces the last',
    )
    .option('--stack <name...>', 'these runners take jobs of these stacks only')
    .option('--sandbox', 'declare that each of these runners isolates its jobs: they take forks')
    .option('--days <number>', 'days until it expires (default: 30)', readNumber)
    .action((options: RegistrationOptions) => allowRegistration(options, context));
  placed('end-registration')
    .description('refuse the registration token from now on; registered runners stay')
    .action((options: Options) => endRegistration(options, context));
};

async function list(options: Options, context: CommandContext): Promise<void> {
  const runners = await (await runnerService(context, options)).list();
  if (options.json === true) return context.terminal.json({ runners });
  for (const runner of runners) context.terminal.data(runnerLine(runner));
  if (runners.length === 0) context.terminal.note('There are no runners besides those of the configuration.');
}

async function show(name: string, options: Options, context: CommandContext): Promise<void> {
  const runner = await (await runnerService(context, options)).find(name);
  if (options.json === true) return context.terminal.json(runner);
  for (const line of runnerFacts(runner)) context.terminal.data(line);
}

async function act(
  { action, name }: { readonly action: RunnerAction; readonly name: string },
  options: Options,
  context: CommandContext,
): Promise<void> {
  if (action === 'remove') await confirm(`Remove runner ${name}`, options, context);
  const runner = await (await runnerService(context, options)).act(action, name);
  if (options.json === true) return context.terminal.json(runner);
  context.terminal.data(action === 'remove' ? `${runner.id}  ${runner.name}  removed` : runnerLine(runner));
}

async function rotate(name: string, options: Options & { now?: true }, context: CommandContext): Promise<void> {
  const created = await (await runnerService(context, options)).rotate(name, options.now === true);
  if (options.json === true) return context.terminal.json(created);
  showToken(created, context);
}

async function allowRegistration(options: RegistrationOptions, context: CommandContext): Promise<void> {
  const { stack: stacks, sandbox, days, json } = options;
  const service = await runnerService(context, options);
  const created = await service.allowRegistration(RegistrationRequest.parse({ stacks, sandbox, days }));
  if (json === true) return context.terminal.json(created);
  context.terminal.data(created.token);
  context.terminal.note(`Keep it secret: it adds runners until ${created.expiresAt}. It is not shown again.`);
}

async function endRegistration(options: Options, context: CommandContext): Promise<void> {
  await (await runnerService(context, options)).endRegistration();
  if (options.json === true) return context.terminal.json({});
  context.terminal.note('Runners cannot register themselves any more.');
}
