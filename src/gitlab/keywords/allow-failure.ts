import type { Spot } from '../document/fault-list.ts';
import type { JobPlan } from '../job-plan.ts';
import { get, isMapping } from '../document/mapping.ts';
import { readFlag, readWholes, rejectUnknown } from '../document/values.ts';

export function readAllowFailure(value: unknown, spot: Spot): JobPlan['allowFailure'] | undefined {
  if (!isMapping(value)) return readFlag(value, spot);
  rejectUnknown(value, ['exit_codes'], spot);
  const exitCodes = readWholes(get(value, 'exit_codes'), spot.child('exit_codes'));
  return exitCodes === undefined ? undefined : { exitCodes };
}
