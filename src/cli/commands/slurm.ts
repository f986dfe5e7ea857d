import type { Command } from 'commander';
import { systemWait } from '../../kit/index.ts';
import { CustomExecutor, customConfig, isFaultOfJob, readCustomJob, readSlurmSettings } from '../../slurm/index.ts';
import type { CommandContext, CommandModule } from '../command.ts';
import { ExitStatus } from '../exit-status.ts';
import { reportFailure } from '../failure.ts';
import manifest from '../../../package.json' with { type: 'json' };

interface Options {
  readonly config: string;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command.description(
    'Run the scripts of jobs on Slurm. gitlab-runner calls these commands as the stages of its custom executor.',
  );
  stage(command, 'config', 'Print where sources and caches are.').action(async (options: Options) => {
    const settings = await readSlurmSettings(options.config, context.cwd);
    context.terminal.json(customConfig(settings, manifest.version));
  });
  stage(command, 'prepare', 'Check the resources that a job requests.').action(async (options: Options) =>
    carryOut(options, context, async (executor) => {
      await executor.prepare();
      return 0;
    }),
  );
  stage(command, 'run', 'Run the script of a stage: on a node, or here if it is not of the job itself.')
    .argument('<script>', 'file with the script')
    .argument('<stage>', 'name of the stage')
    .action(async (script: string, name: string, options: Options) =>
      carryOut(options, context, (executor) => executor.run(script, name)),
    );
  stage(command, 'cleanup', 'End what is left of a job on Slurm, and remove its files.').action(
    async (options: Options) =>
      carryOut(options, context, async (executor) => {
        await executor.cleanup();
        return 0;
      }),
  );
};

function stage(command: Command, name: string, description: string): Command {
  return command
    .command(name)
    .description(description)
    .requiredOption('-c, --config <file>', 'settings: the shared folder, partitions, the most that jobs get');
}

type Work = (executor: CustomExecutor) => Promise<number | undefined>;

/** Carries out a stage, and ends with the exit status by which gitlab-runner knows whose fault a failure is. */
async function carryOut(options: Options, { env, cwd, terminal, signal }: CommandContext, work: Work): Promise<void> {
  const job = await readCustomJob(env);
  const { buildFailure, systemFailure } = job.exit;
  let code: number | undefined;
  try {
    const settings = await readSlurmSettings(options.config, cwd);
    const onOutput = (bytes: Uint8Array) => terminal.raw(bytes);
    const onNote = (line: string) => terminal.note(line);
    code = await work(new CustomExecutor({ settings, job, env, wait: systemWait, onOutput, onNote, signal }));
  } catch (error) {
    reportFailure(error, terminal, { isInterrupted: signal.aborted });
    throw new ExitStatus(isFaultOfJob(error) ? buildFailure : systemFailure);
  }
  if (code !== 0) throw new ExitStatus(buildFailure);
}
