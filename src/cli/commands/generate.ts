import { join, relative, resolve } from 'node:path';
import { Option } from 'commander';
import type { ScriptKind } from '../../generate/index.ts';
import { generate } from '../../package-job/index.ts';
import { jobContext, type CommandContext, type CommandModule } from '../command.ts';
import { addLockOptions, lockRequest, repeated, type LockOptions } from '../lock-options.ts';
import { describePlan, planAsData } from '../plan-report.ts';

interface GenerateOptions extends LockOptions {
  readonly artifactsRoot: string;
  readonly lockParts?: string;
  readonly output?: string;
  readonly mirror: readonly string[];
  readonly dynamicMapping: readonly string[];
  readonly prune: boolean;
  readonly script: ScriptKind;
  readonly spackRepo?: string;
  readonly spackRef?: string;
  readonly explain?: boolean;
  readonly json?: boolean;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command.description('Lock an environment and write the pipeline of what must be built.');
  addLockOptions(command)
    .option('--lock-parts <dir>', 'join the parts of the lock that jobs with `slipway lock` left in this folder')
    .option('--artifacts-root <dir>', 'folder for the lock, the logs and the pipeline', 'jobs_scratch_dir')
    .option('--output <file>', 'the pipeline (default: pipeline.yml below the artifacts root)')
    .option(
      '--mirror <url>',
      'mirror to compare with; can be repeated, jobs push to the first (default: SLIPWAY_MIRROR, else the stack’s own)',
      repeated,
      [],
    )
    .option('--no-prune', 'make jobs for what is on the mirror too')
    .addOption(new Option('--script <kind>', 'who builds in the jobs').choices(['slipway', 'spack']).default('slipway'))
    .option('--spack-repo <url>', 'SPACK_REPO of all jobs (default: that of this job)')
    .option('--spack-ref <ref>', 'SPACK_REF of all jobs (default: that of this job)')
    .option('--dynamic-mapping <url>', 'an endpoint that dynamic mappings may query; can be repeated', repeated, [])
    .option('--explain', 'show for every package why it is built or not')
    .option('--json', 'print the plan as JSON')
    .action(async (options: GenerateOptions) => runGenerate(options, context));
};

async function runGenerate(options: GenerateOptions, context: CommandContext): Promise<void> {
  const { cwd, terminal } = context;
  const artifactsRoot = resolve(cwd, options.artifactsRoot);
  const output = resolve(cwd, options.output ?? join(artifactsRoot, 'pipeline.yml'));
  const { mirror: mirrors, prune, script, spackRepo, spackRef, dynamicMapping } = options;
  const generated = await generate(
    {
      ...lockRequest(options, cwd),
      parts: options.lockParts === undefined ? undefined : resolve(cwd, options.lockParts),
      artifactsRoot,
      output,
      mirrors,
      prune,
      script,
      spackRepo,
      spackRef,
      dynamicMapping,
    },
    jobContext(context),
  );
  const { plan, parts } = generated;
  if (options.json === true) {
    const { lockDigest, jobs, downstream } = generated;
    return terminal.json({ lockDigest, output, jobs, downstream, ...planAsData(plan) });
  }
  // One write for all: each has its cost, and a lock may have thousands of packages.
  terminal.data(describePlan(plan, options.explain === true).join('\n'));
  const many = parts === 0 ? '' : `, in ${parts} parts`;
  return terminal.note(`The pipeline is in ${relative(cwd, output) || output}${many}.`);
}
