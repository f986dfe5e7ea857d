import { join, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import manifest from '../../../package.json' with { type: 'json' };
import { programEntry, systemWait } from '../../kit/index.ts';
import { loadHostConfiguration, startRemoteRunner } from '../../server/index.ts';
import { SlurmExecutor, readSlurmSettings } from '../../slurm/index.ts';
import type { CommandContext } from '../command.ts';
import { forgetVariables } from '../forget-variables.ts';
import { interrupted } from '../interrupted.ts';
import { createLogger, logLevelFor, logLevelOption } from '../logger.ts';
import { readToken } from '../read-token.ts';

interface RunOptions {
  readonly url: string;
  readonly tokenFile?: string;
  readonly concurrency: number;
  readonly data?: string;
  readonly slurm?: string;
  readonly sandbox: 'always' | 'never';
  readonly config?: string;
  readonly logLevel?: string;
}

const variable = 'SLIPWAY_RUNNER_TOKEN';
/** As for the embedded runner of a server. */
const JOBS = 2;
const DATA = 'slipway-runner-data';

/** Adds the options of a runner on this machine, and what the command does. */
export function configureRun(command: Command, context: CommandContext): void {
  command
    .description(
      'Take jobs from a server and run them on this machine, in the sandbox that the server has for them, or in ' +
        'containers of podman or docker. The first ' +
        'SIGTERM or Ctrl-C drains the runner: it takes no more jobs, and ends when the running ones have ended. The ' +
        'second ends it at once.',
    )
    .requiredOption('--url <url>', 'base URL of the server')
    .option('--token-file <file>', `file with the token of the runner (default: ${variable})`)
    .option('--concurrency <number>', 'jobs at once', Number, JOBS)
    .option('--data <folder>', `folder for builds and caches, of this runner alone (default: ${DATA})`)
    .addOption(
      new Option('--sandbox <mode>', '`never` runs trusted jobs without a sandbox')
        .choices(['always', 'never'])
        .default('always'),
    )
    .addOption(
      new Option(
        '--slurm <file>',
        'run the scripts of jobs on Slurm, without a sandbox, with these settings',
      ).conflicts('sandbox'),
    )
    .option(
      '--config <file>',
      'YAML file with `network`, `limits`, `containers` and `pullPolicies`, as in slipway.server.yaml',
    )
    .addOption(logLevelOption())
    .action((options: RunOptions) => run(options, context));
}

async function run(options: RunOptions, context: CommandContext): Promise<void> {
  const { env, cwd, terminal, signal } = context;
  const { url, concurrency, tokenFile } = options;
  const token = await readToken(context, { file: tokenFile, variable });
  forgetVariables((name) => name === variable);
  const place = await placeOf(options, context);
  const runner = await startRemoteRunner({
    url: new URL(url).origin,
    token,
    ...(tokenFile === undefined ? {} : { tokenFile: resolve(cwd, tokenFile) }),
    concurrency,
    ...place,
    host: await loadHostConfiguration(options.config, cwd),
    env: { ...env, [variable]: undefined },
    log: createLogger(options.logLevel ?? logLevelFor(terminal.verbosity)),
    version: manifest.version,
    entry: programEntry(),
  });
  terminal.data(`taking jobs of ${url}`);
  await interrupted(signal);
  const { length } = runner.running();
  terminal.note(`Draining: no more jobs are taken, and ${length === 1 ? 'one still runs' : `${length} still run`}.`);
  await runner.drain();
}

/** Returns where jobs run, and where their files are. */
async function placeOf({ slurm, data, sandbox }: RunOptions, { env, cwd }: CommandContext) {
  if (slurm === undefined) return { data: resolve(cwd, data ?? DATA), sandbox };
  const settings = await readSlurmSettings(slurm, cwd);
  const shared = data === undefined ? join(settings.folder, 'runner') : resolve(cwd, data);
  const elsewhere = new SlurmExecutor({ settings, data: shared, env, wait: systemWait });
  return { data: shared, sandbox: 'never' as const, elsewhere };
}
