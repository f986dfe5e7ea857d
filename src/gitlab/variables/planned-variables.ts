import { environmentVariables } from './environment-variables.ts';
import type { JobPlan } from '../job-plan.ts';
import { slug } from './slug.ts';

/**
 * Returns the predefined variables that depend on a job's plan alone (GitLab, "Predefined CI/CD variables reference").
 */
export function plannedVariables({
  name,
  stage,
  when,
  tags,
  image,
  environment,
}: Pick<JobPlan, 'name' | 'stage' | 'when' | 'tags' | 'image' | 'environment'>): Record<string, string> {
  return {
    CI_JOB_NAME: name,
    CI_JOB_NAME_SLUG: slug(name),
    CI_JOB_GROUP_NAME: groupName(name),
    CI_JOB_STAGE: stage,
    ...(when === 'manual' || when === 'delayed' ? { CI_JOB_MANUAL: 'true' } : {}),
    CI_NODE_TOTAL: '1',
    CI_RUNNER_TAGS: JSON.stringify(tags),
    ...(image === undefined ? {} : { CI_JOB_IMAGE: image.name }),
    ...(environment === undefined ? {} : environmentVariables(environment)),
  };
}

/** GitLab removes at most so many endings. */
const MOST_ENDINGS = 3;

/** Returns a job's name without the ending that distinguishes copies of a `parallel`: ` 1/3`, `: [x, y]`. */
function groupName(name: string): string {
  let rest = name.trim();
  for (let taken = 0; taken < MOST_ENDINGS; taken += 1) {
    const start = rest.endsWith(']') ? rest.search(/[\s:]+\[/) : rest.search(/[\s:]+\d+[\s:/\\]+\d+$/);
    if (start === -1) break;
    rest = rest.slice(0, start);
  }
  return rest.trim();
}
