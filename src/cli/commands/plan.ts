import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { planBuild, readMirrorState } from '../../generate/index.ts';
import { readLockfile } from '../../spack/index.ts';
import type { CommandContext, CommandModule } from '../command.ts';
import { jobBuilder, mirrorsOf, readJobEnvironment } from '../job-environment.ts';
import { describePlan, planAsData } from '../plan-report.ts';

interface PlanOptions {
  readonly env: string;
  readonly lock?: string;
  readonly mirror?: string;
  readonly json?: boolean;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .description('Show what a pipeline of this environment would build, and why. Writes nothing.')
    .option('--env <dir>', 'folder of the environment (spack.yaml, recipes)', '.')
    .option('--lock <file>', 'take this lock, do not make one')
    .option('--mirror <url>', 'mirror to compare with (default: SLIPWAY_MIRROR; without one everything is missing)')
    .option('--json', 'print the plan as JSON')
    .action(async (options: PlanOptions) => plan(options, context));
};

async function plan(options: PlanOptions, { cwd, env, terminal }: CommandContext): Promise<void> {
  const job = readJobEnvironment(env, cwd, options.mirror);
  const path = options.lock === undefined ? undefined : resolve(cwd, options.lock);
  const lock =
    path === undefined
      ? await jobBuilder(env).lock({ environment: resolve(cwd, options.env) })
      : readLockfile(await readFile(path, 'utf8'), path);
  const decided = planBuild(lock, await readMirrorState(lock, mirrorsOf(job)));
  if (options.json === true) terminal.json(planAsData(decided));
  else for (const line of describePlan(decided, true)) terminal.data(line);
}
