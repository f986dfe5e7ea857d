import type { Lookup } from '../conditions/expression.ts';
import { readDeploymentEnvironment } from '../keywords/environment.ts';
import { plannedVariables } from '../variables/planned-variables.ts';
import type { JobSource } from './job-source.ts';

const OF_JOBS = /^CI_(?:JOB|NODE|ENVIRONMENT)_/;

/**
 * Returns the predefined variables of a job that its own rules, tags and names can already use
 * (https://docs.gitlab.com/ci/variables/predefined_variables/#variable-availability). They are made only when one is
 * requested; the name of the environment uses the others through `lookup`.
 */
export function conditionVariables(
  { field }: JobSource,
  job: { readonly name: string; readonly stage: string },
  lookup: () => Lookup,
): Lookup {
  let known: Readonly<Record<string, string>> | undefined;
  return (name) => {
    if (!OF_JOBS.test(name)) return undefined;
    if (known === undefined) {
      const image = field.at('image');
      const { value: imageName } = image.isMapping ? image.at('name') : image;
      const plan = {
        ...job,
        when: field.at('when').value === 'manual' ? ('manual' as const) : ('on_success' as const),
        tags: [],
        image: typeof imageName === 'string' ? { name: imageName } : undefined,
      };
      known = plannedVariables(plan);
      const environment = readDeploymentEnvironment(field.at('environment'), lookup());
      if (environment !== undefined) known = plannedVariables({ ...plan, environment });
    }
    return Object.hasOwn(known, name) ? known[name] : undefined;
  };
}
