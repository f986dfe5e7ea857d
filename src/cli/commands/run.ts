import { Option } from 'commander';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findAbove } from '../../kit/index.ts';
import type { CommandContext, CommandModule } from '../command.ts';
import manifest from '../../../package.json' with { type: 'json' };
import { isAnsweredYes } from '../confirm.ts';
import { repeated } from '../lock-options.ts';
import { listJobs, previewJobs, runLocally, type RunOptions } from '../../local/index.ts';

interface CommandOptions extends RunOptions {
  readonly list?: true;
  readonly preview?: true;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .description(
      'Run the pipeline of this folder, or of the nearest one above it that has one, uncommitted changes included. ' +
        'Every job has a workspace of its own, as on a runner; there is no server, and only what `cache` names is kept.',
    )
    .argument('[jobs...]', 'run only these jobs')
    .option('--list', 'list the jobs, and run none')
    .option('--preview', 'print the pipeline with everything expanded, and run nothing')
    .option('--job <name>', 'run only this job; can be repeated', repeated)
    .option('--needs', 'with jobs named: also what they wait for')
    .option(
      '--play <name>',
      'start this manual or delayed job as soon as it is ready; can be repeated. Manual jobs that are not started do ' +
        'not fail the run',
      repeated,
    )
    .option('--variable <name=value>', 'set a variable of the pipeline; can be repeated', repeated)
    .option(
      '--secret <name[=value]>',
      'set a variable that logs do not show, by default from the environment',
      repeated,
    )
    .option('--file <path>', 'the pipeline (default: .gitlab-ci.yml, else the built-in pipeline)')
    .option('--concurrency <n>', 'jobs at once (default: as many as there are processors)')
    .option('--in-place', 'run all jobs in this folder, as make does')
    .addOption(new Option('--sandbox', 'run jobs in the sandbox that the server has for them').conflicts('inPlace'))
    .option(
      '--accept-includes',
      'accept texts from outside of the repository that are not in slipway-includes.lock yet, without asking',
    )
    .option(
      '--forge <url>',
      'server with the projects and components that the pipeline includes (default: that of the remote origin)',
    )
    .option('--container', 'fail if jobs that name an image cannot run in it (default: then they run on this machine)')
    .option('--no-container', 'run jobs that name an image on this machine, without their services')
    .option('--json', 'print events and a summary, one JSON document a line')
    .action(async (jobs: readonly string[], { list, preview, ...options }: CommandOptions) => {
      const { env, signal, terminal } = context;
      const folder = options.file === undefined ? pipelineFolder(context) : context.cwd;
      const all = { ...options, job: [...jobs, ...(options.job ?? [])] };
      const confirm = context.prompt && ((question: string) => isAnsweredYes(question, context));
      const request = {
        options: all,
        ...(confirm && { confirm }),
        folder,
        env,
        signal,
        terminal,
        version: manifest.version,
      };
      if (list === true) return listJobs(request);
      return preview === true ? previewJobs(request) : runLocally(request);
    });
};

/** Returns the current folder, or the nearest one above it that has a pipeline or a slipway.yaml. */
function pipelineFolder({ cwd, terminal }: CommandContext): string {
  if (['.gitlab-ci.yml', 'slipway.yaml', 'spack.yaml'].some((name) => existsSync(join(cwd, name)))) return cwd;
  const file = findAbove('.gitlab-ci.yml', cwd) ?? findAbove('slipway.yaml', cwd);
  if (file === undefined) return cwd;
  terminal.note(`The pipeline is that of ${dirname(file)}.`);
  return dirname(file);
}
