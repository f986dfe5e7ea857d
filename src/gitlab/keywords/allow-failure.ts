import type { Field } from '../document/field.ts';
import { checkMapping, readExitCodes, readFlag } from '../document/values.ts';
import type { JobPlan } from '../job-plan.ts';

export function readAllowFailure(field: Field): JobPlan['allowFailure'] | undefined {
  if (!field.isMapping) return readFlag(field);
  checkMapping(field, ['exit_codes']);
  const exitCodes = readExitCodes(field.at('exit_codes'));
  return exitCodes && { exitCodes };
}
