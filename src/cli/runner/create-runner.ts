import type { Command } from 'commander';
import { describeIssues } from '../../kit/index.ts';
import { RunnerRequest } from '../../protocol/index.ts';
import type { CommandContext } from '../command.ts';
import { cliError } from '../errors.ts';
import { readNumber } from '../read-number.ts';
import type { ServerPlace } from '../server-place.ts';
import { runnerService } from './runner-service.ts';
import { showToken } from './show-token.ts';

interface CreateOptions extends ServerPlace {
  readonly name: string;
  readonly tag?: readonly string[];
  readonly untagged: boolean;
  readonly protectedOnly?: true;
  readonly sandbox?: true;
  readonly trusted?: true;
  readonly stack?: readonly string[];
  readonly concurrency?: number;
  readonly cores?: number;
  readonly maximumTimeout?: number;
  readonly paused?: true;
  readonly tokenDays?: number;
  readonly note?: string;
  readonly json?: true;
}

/** Adds the options that describe a new runner, and what the command does. */
export function configureCreate(command: Command, context: CommandContext): void {
  command
    .description('create a runner, and print the token that it is registered with; only its digest is kept')
    .requiredOption('--name <text>', 'its name, which no other runner has or had')
    .option('--tag <tag...>', 'a job runs only where all its tags are')
    .option('--no-untagged', 'take no jobs without tags')
    .option('--protected-only', 'take jobs of protected refs only')
    .option('--sandbox', 'declare that it isolates each job, in a container or on its own machine: it takes forks')
    .option('--trusted', 'declare that what it builds for pull requests may be promoted')
    .option('--stack <name...>', 'take jobs of these stacks only')
    .option('--concurrency <number>', 'jobs at once, on all its machines together', readNumber)
    .option('--cores <number>', 'cores that one of its jobs uses, for quotas', readNumber)
    .option('--maximum-timeout <seconds>', 'time that one of its jobs may take at most', readNumber)
    .option('--paused', 'give it no jobs before `slipway runner resume`')
    .option('--token-days <number>', 'days after which its token expires', readNumber)
    .option('--note <text>', 'a note for administrators')
    .action((options: CreateOptions) => create(options, context));
}

async function create(options: CreateOptions, context: CommandContext): Promise<void> {
  const { tag, untagged, stack, config: _, data: __, url: ___, tokenFile: ____, json, ...rest } = options;
  const request = RunnerRequest.safeParse({ ...rest, tags: tag, runUntagged: untagged, stacks: stack });
  if (!request.success)
    throw cliError('CLI_USAGE', { message: describeIssues(request.error), program: 'slipway runner create' });
  const service = await runnerService(context, options);
  const created = await service.create(request.data);
  if (json === true) return context.terminal.json(created);
  showToken(created, context);
}
