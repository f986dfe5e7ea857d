import type { Spot } from '../document/fault-list.ts';
import type { JobPlan } from '../job-plan.ts';
import { get, isMapping } from '../document/mapping.ts';
import { checkName, readMapping, readTexts, rejectUnknown } from '../document/values.ts';

/** https://docs.gitlab.com/ci/yaml/#id_tokens */
export function readIdTokens(value: unknown, spot: Spot): JobPlan['idTokens'] {
  const mapping = readMapping(value, spot) ?? {};
  const entries = Object.entries(mapping).map(([name, token]) => {
    checkName(name, spot.child(name));
    if (!isMapping(token)) return [name, spot.child(name).invalid('a mapping with `aud`', token) ?? []] as const;
    rejectUnknown(token, ['aud'], spot.child(name));
    return [name, readTexts(get(token, 'aud') ?? null, spot.child(name).child('aud')) ?? []] as const;
  });
  return Object.fromEntries(entries);
}
