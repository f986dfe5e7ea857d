import { readDestinations } from '../../client/index.ts';
import type { DestinationView } from '../../protocol/index.ts';
import { readStoredDestinations, testDestination } from '../../server/index.ts';
import type { CommandContext, CommandModule } from '../command.ts';
import { readServerSettings } from '../server-settings.ts';
import { addSourceOptions, recordSource, type SourceOptions } from '../stored-or-served.ts';

interface ListOptions extends SourceOptions {
  readonly json?: true;
}

interface TestOptions {
  readonly config?: string;
  readonly json?: true;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command.description('Show where failures are reported, and try a destination.');
  addSourceOptions(command.command('list', { isDefault: true }))
    .description('show destinations, what waits for them, and why they fail')
    .option('--json', 'print one line of JSON')
    .action((options: ListOptions) => list(context, options));
  command
    .command('test')
    .description('send a test message to a destination of slipway.server.yaml, and print the answer')
    .argument('<name>', 'name of the destination')
    .option('-c, --config <file>', 'configuration of the server')
    .option('--json', 'print one line of JSON')
    .action((name: string, options: TestOptions) => sendTest(context, name, options));
};

/** Returns lines about a destination that fails; none if it works. */
export function failureLines({ name, problem, failingSince, waiting }: DestinationView): readonly string[] {
  if (problem === undefined) return [];
  return [`notifications to ${name} fail since ${failingSince}, and ${waiting} wait`, `  ${problem}`];
}

async function list(context: CommandContext, { json, ...options }: ListOptions): Promise<void> {
  const { terminal } = context;
  const source = await recordSource(context, options);
  const destinations =
    'server' in source ? await readDestinations(source.server) : readStoredDestinations(source.configuration);
  if (json) return terminal.json({ destinations });
  for (const one of destinations) {
    const { name, stack, waiting, problem, retryAt } = one;
    const about = stack === undefined ? 'all stacks' : `stack ${stack}`;
    const state = problem === undefined ? `${waiting} waiting` : `${waiting} waiting, tried again at ${retryAt}`;
    terminal.data(`${name}  ${about}  ${state}`);
    if (problem !== undefined) terminal.data(`  ${problem}`);
  }
  if (destinations.length === 0) terminal.note('slipway.server.yaml lists no destination under `notifications`');
}

async function sendTest(context: CommandContext, name: string, { json, ...flags }: TestOptions): Promise<void> {
  const { env, signal, terminal } = context;
  const settings = await readServerSettings(flags, context);
  const { channel, answer } = await testDestination(settings, name, { env, signal });
  if (json) terminal.json({ destination: name, channel, answer });
  else terminal.data(`${name}: ${answer}`);
}
