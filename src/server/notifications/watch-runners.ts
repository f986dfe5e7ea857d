import type { CoordinatorContext } from '../../coordinator/index.ts';
import { timestamp } from '../../kit/index.ts';
import type { NotificationLedger, Observation } from '../../notify/index.ts';

type RunnerWatch = Pick<CoordinatorContext, 'runners' | 'configuration' | 'clock' | 'baseUrl'>;

/**
 * Returns which runners are in contact, and which are lost because none of their machines was in contact for
 * `runnerSilence`. Runners that signed off or were unregistered are forgotten.
 */
export function observeRunners(context: RunnerWatch, ledger: NotificationLedger): readonly Observation[] {
  const { runners, configuration, clock } = context;
  const silences = runners.silences();
  for (const one of ledger.conditions('runner'))
    if (silences.get(one.subject) === undefined) ledger.forgetCondition(one);
  const limit = configuration.limits.runnerSilence * 1000;
  return [...silences].flatMap(([subject, silence]): readonly Observation[] => {
    if (silence === undefined) return [];
    const isBad = silence >= limit;
    // After a start, a runner is unknown until it makes contact or has been silent for long.
    if (!isBad && !runners.isKnown(subject)) return [];
    const since = timestamp({ now: () => clock.now() - silence });
    const text = isBad ? `There has been no contact since ${since}` : 'It requests jobs again';
    return [{ kind: 'runner', subject, isBad, text, url: `${context.baseUrl()}/` }];
  });
}
