import type { RuleOutcome } from '../conditions/rules.ts';
import type { Field } from '../document/field.ts';
import { checkMapping, readChoice, readExitCodes, readFlag, readText } from '../document/values.ts';
import type { JobPlan, When } from '../job-plan.ts';
import { readDuration } from '../keywords/duration.ts';
import { ruledField, type JobSource } from './job-source.ts';

type Start = Pick<JobPlan, 'when' | 'allowFailure' | 'startIn' | 'manualConfirmation'>;

const WHENS = ['on_success', 'on_failure', 'always', 'manual', 'delayed'] as const;
/** One week. */
const MAX_START_IN = 604_800;

/**
 * Reads when a job starts, and whether its failure counts. A rule wins over the job. A job that is `manual` itself may
 * fail; one that a rule made manual may not. https://docs.gitlab.com/ci/yaml/#when
 */
export function readStart(source: JobSource, outcome: RuleOutcome | undefined): Start {
  const { field } = source;
  const own = readChoice(field.at('when'), WHENS);
  const ruled = outcome?.when === 'never' ? undefined : outcome?.when;
  const when = ruled ?? own ?? 'on_success';
  const ownAllowed = readAllowFailure(field.at('allow_failure'));
  const startIn = readDuration(ruledField(source, outcome, 'start_in'), MAX_START_IN);
  if (field.has('trigger')) checkTrigger(field, own, ownAllowed);
  checkStartIn(field, own);
  const manualConfirmation = readText(field.at('manual_confirmation'));
  return {
    when,
    allowFailure: outcome?.allowFailure ?? ownAllowed ?? own === 'manual',
    startIn: when === 'delayed' ? startIn : undefined,
    manualConfirmation: when === 'manual' ? manualConfirmation : undefined,
  };
}

function checkTrigger(field: Field, when: When | undefined, allowed: JobPlan['allowFailure'] | undefined): void {
  if (when === 'delayed') field.at('when').invalid('anything but `delayed` in a job with a `trigger`');
  if (typeof allowed === 'object') field.at('allow_failure').invalid('true or false in a job with a `trigger`');
}

/** Where a job has `rules`, only these set its delay. */
function checkStartIn(field: Field, own: When | undefined): void {
  const startIn = field.at('start_in');
  const [isDelayed, isTimed] = [own === 'delayed', startIn.value !== undefined];
  if (isDelayed && !isTimed) field.at('when').invalid('used with `start_in` when it is `delayed`');
  if (isTimed && field.has('rules')) startIn.misplaced('a job with `rules`');
  else if (isTimed && !isDelayed) startIn.misplaced('a job that is not `delayed`');
}

function readAllowFailure(field: Field): JobPlan['allowFailure'] | undefined {
  if (!field.isMapping) return readFlag(field);
  checkMapping(field, ['exit_codes']);
  const exitCodes = readExitCodes(field.at('exit_codes'));
  return exitCodes && { exitCodes };
}
