import type { Lookup } from '../conditions/expression.ts';
import { readDeploymentEnvironment } from '../keywords/environment.ts';
import type { JobSource } from './job-source.ts';
import { get, isMapping } from '../document/mapping.ts';
import { plannedVariables } from '../variables/planned-variables.ts';

const OF_JOBS = /^CI_(?:JOB|NODE|ENVIRONMENT)_/;

/**
 * The predefined variables of a job that its own rules, tags and names may use already
 * (https://docs.gitlab.com/ci/variables/predefined_variables/#variable-availability). They are made only if one is
 * asked for; the name of the environment sees the others through `lookup`.
 */
export function conditionVariables(
  { value, spot }: JobSource,
  job: { readonly name: string; readonly stage: string },
  lookup: () => Lookup,
): Lookup {
  let known: Readonly<Record<string, string>> | undefined;
  return (name) => {
    if (!OF_JOBS.test(name)) return undefined;
    if (known === undefined) {
      const image = get(value, 'image');
      const imageName = isMapping(image) ? get(image, 'name') : image;
      const plan = {
        ...job,
        when: get(value, 'when') === 'manual' ? ('manual' as const) : ('on_success' as const),
        tags: [],
        ...(typeof imageName === 'string' ? { image: { name: imageName } } : {}),
      };
      known = plannedVariables(plan);
      const environment = readDeploymentEnvironment(get(value, 'environment'), spot.child('environment'), lookup());
      if (environment !== undefined) known = plannedVariables({ ...plan, environment });
    }
    return Object.hasOwn(known, name) ? known[name] : undefined;
  };
}
