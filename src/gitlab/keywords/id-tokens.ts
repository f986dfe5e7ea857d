import type { Field } from '../document/field.ts';
import { checkMapping, checkName, readTexts } from '../document/values.ts';
import type { JobPlan } from '../job-plan.ts';

/** https://docs.gitlab.com/ci/yaml/#id_tokens */
export function readIdTokens(field: Field): JobPlan['idTokens'] {
  checkMapping(field);
  const entries = Object.keys(field.mapping).map((name) => {
    const token = field.at(name);
    checkName(name, token);
    const audience = checkMapping(token, ['aud']) ? readTexts(token.required('aud')) : undefined;
    return [name, audience ?? []] as const;
  });
  return Object.fromEntries(entries);
}
