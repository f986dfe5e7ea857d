import { Option } from 'commander';
import type { CommandContext, CommandModule } from '../command.ts';
import { repeated } from '../lock-options.ts';
import { LogPrinter } from '../log-printer.ts';
import { parseSecrets, parseVariables } from '../../local/index.ts';
import { failureOf, reproduceJob, shownFolder, type ContainerChoice, type Verdict } from '../../reproduce/index.ts';
import { serverAccess, tokenFor, tokenOption } from '../server-access.ts';
import { urlOption } from '../server-url.ts';

interface ReproduceOptions {
  readonly into?: string;
  readonly run: boolean;
  readonly container: ContainerChoice;
  readonly variable?: readonly string[];
  readonly secret?: readonly string[];
  readonly repository: string;
  readonly sandbox: 'always' | 'never';
  readonly allowHost?: readonly string[];
  readonly stack?: string;
  readonly url?: string;
  readonly tokenFile?: string;
  readonly json?: true;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .description(
      'Download a failed job and run it again: its commit, its lock, its script and variables without secrets, in ' +
        'its image if it ran in one and podman or docker works here, else in a sandbox of this machine. The exit ' +
        'status is that of the job here.',
    )
    .argument(
      '<job>',
      "the job's id on the server, or its name (then the newest that failed); or a folder that this command made, or " +
        'the artifacts of a build job (a zip file)',
    )
    .option('--into <dir>', 'where all of it goes (default: reproduce-<id>)')
    .option('--no-run', 'download it, and run nothing')
    .addOption(
      new Option('--container <program>', 'what runs the image; `none`: a workspace of this machine')
        .choices(['auto', 'podman', 'docker', 'none'])
        .default('auto'),
    )
    .option('--variable <name=value>', 'a variable that overrides those of the job; can be repeated', repeated)
    .option('--secret <name[=value]>', 'a secret that the job needs, by default from the environment', repeated)
    .option('--repository <dir>', 'a clone of the stack that may have the commit', '.')
    .addOption(
      new Option(
        '--sandbox <mode>',
        'whether a job that runs in no image runs in the sandbox that the server has for jobs',
      )
        .choices(['always', 'never'])
        .default('always'),
    )
    .option('--allow-host <host>', 'a host that the job reaches from the sandbox; can be repeated', repeated)
    .option('--stack <name>', 'look for the name in this stack only')
    .option(...urlOption)
    .option(...tokenOption)
    .option('--json', 'print the verdict as JSON, without the output of the job')
    .action((job: string, options: ReproduceOptions) => reproduce(job, options, context));
};

/** Ends with the exit status of the job here. */
async function reproduce(source: string, options: ReproduceOptions, context: CommandContext): Promise<void> {
  const { cwd, env, signal, terminal } = context;
  const isJson = options.json === true;
  const printer = new LogPrinter(terminal);
  const { job, folder, verdict } = await reproduceJob({
    source,
    cwd,
    env,
    signal,
    into: options.into,
    repository: options.repository,
    stack: options.stack,
    isRun: options.run,
    container: options.container,
    sandbox: options.sandbox,
    hosts: options.allowHost ?? [],
    variables: { ...parseVariables(options.variable ?? []), ...parseSecrets(options.secret ?? [], env) },
    server: () => serverAccess(context, options),
    token: (server) => tokenFor(server, context, options),
    note: (line) => terminal.note(line),
    progress: (line) => terminal.progress(line),
    onOutput: (bytes) => (isJson ? undefined : printer.write(bytes)),
  }).finally(() => printer.end());
  if (isJson) terminal.json({ job: job.id, folder, ...verdict });
  if (verdict === undefined) return;
  if (verdict.outcome !== 'succeeded') throw failureOf(verdict, job.name, shownFolder(folder, context));
  terminal.note(`Job \`${job.name}\` succeeds here${before(verdict)}.`);
}

function before({ there: { exitCode, failure } }: Verdict): string {
  if (exitCode === undefined && failure === undefined) return '';
  const status = exitCode === undefined ? '' : ` with exit status ${exitCode}`;
  return `; there it failed${status}${failure === undefined ? '' : ` (${failure})`}`;
}
