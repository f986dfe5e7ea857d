import type { ProcessVariables } from '../kit/index.ts';
import type { SlurmSettings } from './settings.ts';

/** What scripts get of the runner’s environment. Each script sets the variables of its job itself. */
const PASSED = /^(?:PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_\w+|TZ|SLURM_CONF)$/;

/** Returns the environment of the commands of Slurm, which they pass on to jobs. */
export function clusterEnvironment(env: ProcessVariables, { setup }: SlurmSettings): ProcessVariables {
  const passed = Object.fromEntries(Object.entries(env).filter(([name]) => PASSED.test(name)));
  return setup === undefined ? passed : { ...passed, BASH_ENV: setup };
}
