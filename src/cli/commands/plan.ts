import { availableParallelism } from 'node:os';
import { InvalidArgumentError } from 'commander';
import { readNamedFile } from '../../kit/index.ts';
import { plan, readBuildTimes } from '../../package-job/index.ts';
import { openStoredData } from '../stored-data.ts';
import type { CommandContext, CommandModule } from '../command.ts';
import { addLockOptions, lockingContext, lockRequest, repeated, type LockOptions } from '../lock-options.ts';
import { describePlanned, planAsData } from '../plan-report.ts';

interface PlanOptions extends LockOptions {
  readonly mirror: readonly string[];
  readonly against?: string;
  readonly history?: string;
  readonly data?: string;
  readonly cores: number;
  readonly json?: boolean;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command.description('Show what a pipeline of this environment would build, and why. Writes nothing.');
  addLockOptions(command)
    .option(
      '--mirror <url>',
      'mirror to compare with; can be repeated (default: SLIPWAY_MIRROR, else the stack’s own; without one every ' +
        'package is missing)',
      repeated,
      [],
    )
    .option('--against <ref>', 'a commit or the file of a lock: show what changed since, and what that adds')
    .option('--history <file>', 'seconds that packages took before, by name, for the expected time')
    .option('--data <folder>', 'data folder of the server, with the times of its jobs (default: the one here, if any)')
    .option('--cores <number>', 'builds that run at once, for the time', coresOf, availableParallelism())
    .option('--json', 'print the plan as JSON')
    .action(async (options: PlanOptions) => printPlan(options, context));
};

function coresOf(text: string): number {
  const cores = Number(text);
  if (Number.isInteger(cores) && cores > 0) return cores;
  throw new InvalidArgumentError('It is not a number of cores.');
}

async function printPlan(options: PlanOptions, context: CommandContext): Promise<void> {
  const { cwd, terminal } = context;
  const { mirror: mirrors, against, cores, history, data } = options;
  const stored = await openStoredData(data, context);
  try {
    const file = history === undefined ? undefined : await readNamedFile(history, cwd);
    const buildTimes = file === undefined ? stored?.buildTimes() : readBuildTimes(file);
    const request = { ...lockRequest(options, cwd), mirrors, against, cores, stored, buildTimes };
    const { plan: decided, reuse, changed, change } = await plan(request, lockingContext(context));
    if (options.json === true) terminal.json({ ...planAsData(decided), lock: reuse, changed, change });
    else for (const line of describePlanned(decided, change)) terminal.data(line);
  } finally {
    stored?.close();
  }
}
