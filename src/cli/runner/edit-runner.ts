import type { Command } from 'commander';
import { describeIssues } from '../../kit/index.ts';
import { RunnerChange } from '../../protocol/index.ts';
import type { CommandContext } from '../command.ts';
import { cliError } from '../errors.ts';
import { readNumber } from '../read-number.ts';
import type { ServerPlace } from '../server-place.ts';
import { runnerService } from './runner-service.ts';
import { runnerFacts } from './runner-text.ts';

interface EditOptions extends ServerPlace {
  /** `false`: none. */
  readonly tag?: readonly string[] | false;
  readonly untagged?: boolean;
  readonly protectedOnly?: boolean;
  readonly sandbox?: boolean;
  readonly trusted?: boolean;
  readonly stack?: readonly string[];
  readonly concurrency?: number | null;
  readonly cores?: number | null;
  readonly maximumTimeout?: number | null;
  readonly note?: string | null;
  readonly json?: true;
}

/** Adds the options that change a runner, and what the command does. */
export function configureEdit(command: Command, context: CommandContext): void {
  command
    .description(
      'change what a runner takes, from its next request on; jobs that it has go on. `none` removes a limit or the note',
    )
    .option('--tag <tag...>', 'replace its tags')
    .option('--no-tag', 'remove its tags')
    .option('--untagged', 'take jobs without tags')
    .option('--no-untagged', 'take no jobs without tags')
    .option('--protected-only', 'take jobs of protected refs only')
    .option('--no-protected-only', 'take jobs of other refs too')
    .option('--sandbox', 'declare that it isolates each job: it takes forks')
    .option('--no-sandbox', 'take no jobs of forks')
    .option('--trusted', 'declare that what it builds for pull requests may be promoted')
    .option('--no-trusted', 'build packages of pull requests again')
    .option('--stack <name...>', 'take jobs of these stacks only; `*` stands for all')
    .option('--concurrency <number>', 'jobs at once, on all its machines together', readLimit)
    .option('--cores <number>', 'cores that one of its jobs uses, for quotas', readLimit)
    .option('--maximum-timeout <seconds>', 'time that one of its jobs may take at most', readLimit)
    .option('--note <text>', 'a note for administrators', (text: string) => (text === NONE ? null : text))
    .action((name: string, options: EditOptions) => edit(name, options, context));
}

const NONE = 'none';

function readLimit(text: string): number | null {
  return text === NONE ? null : readNumber(text);
}

async function edit(name: string, options: EditOptions, context: CommandContext): Promise<void> {
  const { tag, untagged, stack, config: _, data: __, url: ___, tokenFile: ____, json, ...rest } = options;
  const change = RunnerChange.safeParse({
    ...rest,
    tags: tag === false ? [] : tag,
    runUntagged: untagged,
    stacks: stack,
  });
  const program = 'slipway runner edit';
  if (!change.success) throw cliError('CLI_USAGE', { message: describeIssues(change.error), program });
  if (Object.values(change.data).every((value) => value === undefined))
    throw cliError('CLI_USAGE', { message: 'There is no option that changes the runner', program });
  const runner = await (await runnerService(context, options)).edit(name, change.data);
  if (json === true) return context.terminal.json(runner);
  for (const line of runnerFacts(runner)) context.terminal.data(line);
}
