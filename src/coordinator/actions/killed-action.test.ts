import { afterAll, expect, test } from 'vitest';
import { openLab, type Lab } from '../../../test/support/coordinator.ts';
import { SlipwayError } from '../../kit/index.ts';
import type { AssignedJob } from '../../pipeline/index.ts';
import { actOnJob, actOnPipeline } from './user-actions.ts';

const files = {
  'spack.yaml': 'spack: { specs: [gauge] }\n',
  '.gitlab-ci.yml': `
stages: [one, two]
tied: { stage: one, trigger: { include: tied.yml, strategy: depend } }
loose: { stage: one, trigger: { include: loose.yml } }
hand: { stage: two, script: x, when: manual, allow_failure: false }
after: { stage: two, script: x, needs: [hand] }
`,
  'tied.yml': 'a: { script: x, resource_group: deck }\nb: { script: x, resource_group: deck }\n',
  'loose.yml': 'c: { script: x }\nd: { script: x, needs: [c] }\n',
};

/** What people and runners do, one after the other; a client without an answer asks again. */
const steps: readonly ((lab: Lab) => Promise<unknown>)[] = [
  (lab) => lab.happens(),
  runAll,
  async (lab) => actOnPipeline(lab.coordinator, '1', 'retry'),
  runAll,
  async (lab) =>
    actOnJob(lab.coordinator, { pipeline: '1', name: 'hand' }, { action: 'play', variables: { WHO: 'me' } }),
  runAll,
];

/** `a` and `c` fail until a person retries them. */
async function runAll(lab: Lab): Promise<void> {
  for (let job = await lab.take(); job !== undefined; job = await lab.take()) {
    const state = lab.context.pipelines.state(job.run.pipeline).jobs[job.run.name];
    const fails = ['a', 'c'].includes(job.run.name) && state?.retriesUsed === 0;
    if (job.run.name === 'hand') expect(whoOf(job)).toBe('me');
    await lab.finish(job, fails ? { state: 'failed', failure_reason: 'script_failure', exit_code: 1 } : undefined);
  }
  await lab.coordinator.settle();
}

function whoOf({ variables }: AssignedJob): string | undefined {
  return variables.find(({ key }) => key === 'WHO')?.value;
}

async function runKilledAfter(writes: number): Promise<{ lab: Lab; sha: string; wasKilled: boolean }> {
  const lab = await openLab();
  const { sha, event } = lab.push('main', files);
  lab.forge.happens(event);
  lab.killAfter(writes);
  let wasKilled = false;
  for (let step = 0; step < steps.length;) {
    try {
      await steps[step]?.(lab);
      await lab.coordinator.settle();
      if (!lab.isDead) step += 1;
    } catch (error) {
      // Asked again, what was stored before the end is not in a state for it any more.
      if (!lab.isDead && wasKilled && error instanceof SlipwayError) step += 1;
      else if (!lab.isDead) throw error;
    }
    if (!lab.isDead) continue;
    wasKilled = true;
    await lab.reopen();
  }
  return { lab, sha, wasKilled };
}

const tried: number[] = [];
afterAll(() => expect(tried.length).toBeGreaterThan(40));

test(
  'a retry, a play, and all that follows from them end alike, after whichever write the server is killed',
  {
    timeout: 900_000,
  },
  async () => {
    for (let writes = 0, goesOn = true; goesOn; writes += 1) {
      const { lab, sha, wasKilled } = await runKilledAfter(writes);
      tried.push(writes);
      expect({ writes, jobs: lab.jobs('1'), status: lab.status(sha), active: lab.context.pipelines.active() }).toEqual({
        writes,
        jobs: [
          'tied success',
          'loose success',
          'hand success',
          'after success',
          'a success',
          'b success',
          'c success',
          'd success',
        ],
        status: 'success: All 6 jobs succeeded',
        active: [],
      });
      goesOn = wasKilled;
    }
  },
);
