import * as fc from 'fast-check';
import { readPipeline, type PipelinePlan } from '../../src/gitlab/index.ts';

const TRIGGER = { include: [{ artifact: 'p', job: 'j0' }], strategy: 'depend' };

/** Text of a random configuration, as JSON. `trigger` gives what its trigger jobs start. */
export const documents = (trigger: fc.Arbitrary<object>, most: number = 12): fc.Arbitrary<string> =>
  fc
    .array(
      fc.record({
        stage: fc.nat(2),
        needs: fc.option(fc.array(fc.nat(), { maxLength: 3 }), { nil: undefined }),
        when: fc.constantFrom('on_success', 'on_success', 'on_success', 'always', 'on_failure', 'manual', 'delayed'),
        retry: fc.nat(2),
        allow_failure: fc.boolean(),
        trigger: fc.option(trigger, { freq: 3, nil: undefined }),
        resource_group: fc.option(fc.constantFrom('r', 's'), { freq: 3, nil: undefined }),
        interruptible: fc.boolean(),
      }),
      { minLength: 1, maxLength: most },
    )
    .map((jobs) => {
      const sorted = jobs.toSorted((a, b) => a.stage - b.stage);
      const entries = sorted.map(({ stage, needs, trigger, retry, ...rest }, index) => {
        const needed = index === 0 ? [] : [...new Set(needs?.map((need) => `j${need % index}`))];
        const work = trigger !== undefined && index > 0 ? { trigger } : { script: 'x', retry };
        const delayed = { when: 'delayed', start_in: '1 minute' };
        // What delays a trigger is a rule: GitLab refuses the job's own word.
        const start = 'trigger' in work ? { when: undefined, rules: [delayed] } : delayed;
        return [
          `j${index}`,
          {
            ...rest,
            ...work,
            stage: `s${stage}`,
            ...(rest.when === 'delayed' ? start : {}),
            ...(needs === undefined ? {} : { needs: needed }),
          },
        ];
      });
      return JSON.stringify({ stages: ['s0', 's1', 's2'], ...Object.fromEntries(entries) });
    });

/**
 * Random plans: stages, needs on earlier jobs, triggers, retries, allowed failures, every `when` that runs by itself.
 */
export const plans: fc.Arbitrary<PipelinePlan> = documents(fc.constant(TRIGGER)).map((text) => {
  const { plan, diagnostics } = readPipeline(text, 'ci.yml', { variables: {}, source: 'push' });
  if (plan === undefined) throw new Error(JSON.stringify(diagnostics));
  return plan;
});

/** The same, and a failure ends the rest. */
const strictPlans = plans.map((plan): PipelinePlan => ({
  ...plan,
  autoCancel: { onNewCommit: 'interruptible', onJobFailure: 'all' },
}));
export const anyPlans = fc.oneof(plans, strictPlans);
