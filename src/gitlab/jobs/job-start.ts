import { readAllowFailure } from '../keywords/allow-failure.ts';
import { readDuration } from '../keywords/duration.ts';
import type { Spot } from '../document/fault-list.ts';
import type { JobPlan, When } from '../job-plan.ts';
import type { JobSource } from './job-source.ts';
import { get } from '../document/mapping.ts';
import type { RuleOutcome } from '../conditions/rules.ts';
import { readChoice, readText } from '../document/values.ts';

type Start = Pick<JobPlan, 'when' | 'allowFailure' | 'startIn' | 'manualConfirmation'>;

const WHENS = ['on_success', 'on_failure', 'always', 'manual', 'delayed'] as const;
/** One week. */
const MAX_START_IN = 604_800;

/**
 * When a job starts, and whether its failure counts. A rule's word wins over the job's. A job that itself says `manual`
 * may fail; one that a rule made manual may not. https://docs.gitlab.com/ci/yaml/#when
 */
export function readStart({ value, spot }: JobSource, outcome: RuleOutcome | undefined): Start {
  const own = readChoice(get(value, 'when'), spot.child('when'), WHENS);
  const ruled = outcome?.when === 'never' ? undefined : outcome?.when;
  const when = ruled ?? own ?? 'on_success';
  const ownAllowed = readAllowFailure(get(value, 'allow_failure'), spot.child('allow_failure'));
  const startIn = readStartIn(value, spot, outcome);
  if (Object.hasOwn(value, 'trigger')) checkTrigger(own, ownAllowed, spot);
  checkStartIn(value, spot, own);
  const confirmation = readText(get(value, 'manual_confirmation'), spot.child('manual_confirmation'));
  return {
    when,
    allowFailure: outcome?.allowFailure ?? ownAllowed ?? own === 'manual',
    ...(when !== 'delayed' || startIn === undefined ? {} : { startIn }),
    ...(when !== 'manual' || confirmation === undefined ? {} : { manualConfirmation: confirmation }),
  };
}

function checkTrigger(when: When | undefined, allowed: JobPlan['allowFailure'] | undefined, spot: Spot): void {
  if (when === 'delayed') spot.child('when').invalid('anything but `delayed` in a job with a `trigger`', when);
  if (typeof allowed === 'object')
    spot.child('allow_failure').invalid('true or false in a job with a `trigger`', allowed);
}

/** Where a job has `rules`, only these say how long it is delayed. */
function checkStartIn(value: JobSource['value'], spot: Spot, own: When | undefined): void {
  const [isTimed, hasRules] = [Object.hasOwn(value, 'start_in'), Object.hasOwn(value, 'rules')];
  if (own === 'delayed' && !isTimed) spot.child('when').invalid('given a `start_in` when it is `delayed`', 'delayed');
  if (!isTimed || (own === 'delayed' && !hasRules)) return;
  const place = hasRules ? 'a job with `rules`' : 'a job that is not `delayed`';
  spot.child('start_in').error('GITLAB_KEYWORD_MISPLACED', { keyword: 'start_in', place });
}

function readStartIn(value: JobSource['value'], spot: Spot, outcome: RuleOutcome | undefined): number | undefined {
  const ruled = outcome?.startIn;
  const written = ruled ?? get(value, 'start_in');
  const place = ruled === undefined ? spot.child('start_in') : (outcome?.spot ?? spot).child('start_in');
  return readDuration(written, place, MAX_START_IN);
}
