import { setTimeout as sleep } from 'node:timers/promises';
import { readDestinations, readStacks } from '../../client/index.ts';
import { systemClock } from '../../kit/index.ts';
import type { DestinationView, StackSummary } from '../../protocol/index.ts';
import { readStoredDestinations, readStoredStacks } from '../../server/index.ts';
import type { CommandContext, CommandModule } from '../command.ts';
import { describeStack } from '../status-lines.ts';
import { addSourceOptions, recordSource, type SourceOptions } from '../stored-or-served.ts';
import { failureLines } from './notify.ts';
import { configureStatusPost } from './status-post.ts';

interface StatusOptions extends SourceOptions {
  readonly stack?: string;
  readonly watch?: true;
  readonly json?: boolean;
}

const INTERVAL_MS = 2000;
const FINAL = new Set(['success', 'failed', 'canceled', 'skipped', 'manual']);

export const configure: CommandModule['configure'] = (command, context) => {
  configureStatusPost(command, context);
  addSourceOptions(
    command.description('Show the state of each change: the newest statuses, pipelines with their jobs, and images.'),
  )
    .option('--stack <name>', 'only this stack')
    .option('-w, --watch', 'show changes until no pipeline runs any more')
    .option('--json', 'one JSON document; with --watch one for each change')
    .action((options: StatusOptions) => (options.watch ? watch(context, options) : show(context, options)));
};

async function show(context: CommandContext, options: StatusOptions): Promise<void> {
  print(await readSummaries(context, options), options, context);
}

/** Prints the summaries whenever they change; on a terminal each replaces the previous one. */
async function watch(context: CommandContext, options: StatusOptions): Promise<void> {
  const { terminal, signal } = context;
  for (let before = ''; ;) {
    const summaries = await readSummaries(context, options);
    const now = JSON.stringify(summaries);
    if (now !== before) {
      if (!options.json) terminal.clear();
      print(summaries, options, context);
    }
    before = now;
    const running = summaries.stacks
      .flatMap(({ pipelines }) => pipelines)
      .filter(({ status }) => !FINAL.has(status)).length;
    if (running === 0) return;
    const time = new Date(systemClock.now()).toTimeString().slice(0, 8);
    terminal.progress(
      `${time}  ${running} ${running === 1 ? 'pipeline is' : 'pipelines are'} running; Ctrl-C ends this`,
    );
    await sleep(INTERVAL_MS, undefined, { signal });
  }
}

function print(summaries: Summaries, { json }: StatusOptions, { terminal }: CommandContext): void {
  if (json) return terminal.json(summaries);
  for (const stack of summaries.stacks) for (const line of describeStack(stack)) terminal.data(line);
  for (const line of summaries.failingDestinations.flatMap(failureLines)) terminal.data(line);
}

interface Summaries {
  readonly stacks: readonly StackSummary[];
  /** Those that have taken no notification for long. */
  readonly failingDestinations: readonly DestinationView[];
}

async function readSummaries(context: CommandContext, { stack, ...options }: StatusOptions): Promise<Summaries> {
  const source = await recordSource(context, options);
  const [stacks, destinations] =
    'server' in source
      ? await Promise.all([readStacks(source.server, stack), readDestinations(source.server)])
      : [readStoredStacks(source.configuration, stack), readStoredDestinations(source.configuration)];
  return { stacks, failingDestinations: destinations.filter(({ failsForLong }) => failsForLong) };
}
