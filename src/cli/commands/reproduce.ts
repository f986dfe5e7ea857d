import { Option } from 'commander';
import type { CommandModule } from '../command.ts';
import { reproduce } from '../../reproduce/reproduce.ts';
import type { ReproduceOptions } from '../../reproduce/reproduce.ts';
import { urlOption } from '../server-url.ts';

const several = (value: string, before: readonly string[] = []) => [...before, value];

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .description(
      'Bring a failed job here and run it again: its commit, its lock, its script and variables without secrets, in its image if it ' +
        'ran in one and podman or docker works here, else in a workspace of this machine. The exit status is that of the job here.',
    )
    .argument(
      '<job>',
      "the job's id on the server, or its name (then the newest that failed); or a folder that this command made, or the " +
        'artifacts of a build job (a zip file)',
    )
    .option('--into <dir>', 'where all of it goes (default: reproduce-<id>)')
    .option('--no-run', 'bring it, and run nothing')
    .addOption(
      new Option('--container <program>', 'what runs the image; `none`: a workspace of this machine')
        .choices(['auto', 'podman', 'docker', 'none'])
        .default('auto'),
    )
    .option('--variable <name=value>', 'a variable over those of the job; may be given several times', several)
    .option('--secret <name[=value]>', 'a secret that the job needs, by default from the environment', several)
    .option('--repository <dir>', 'a clone of the stack that may have the commit', '.')
    .option('--allow-untrusted', 'run the code of a stranger’s pull request outside of a container')
    .option('--stack <name>', 'look for the name in this stack only')
    .option(...urlOption)
    .option(
      '--token-file <file>',
      'file with the stack’s token, instead of SLIPWAY_TRIGGER_TOKEN: opens what a pull request pushed',
    )
    .option('--json', 'print the verdict as JSON, and not what the job says')
    .action((job: string, options: ReproduceOptions) => reproduce(job, options, context));
};
