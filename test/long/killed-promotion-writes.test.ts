import { expect, test } from 'vitest';
import { embedded, openLab, type Lab } from '../support/coordinator.ts';

const files = {
  'spack.yaml': 'spack: { specs: [gauge] }\n',
  '.gitlab-ci.yml': JSON.stringify({
    stages: ['generate', 'build'],
    generate: { stage: 'generate', script: ['slipway generate'], artifacts: { paths: ['jobs_scratch_dir'] } },
    build: {
      stage: 'build',
      trigger: { include: [{ artifact: 'jobs_scratch_dir/pipeline.yml', job: 'generate' }], strategy: 'depend' },
    },
  }),
};

/** Tests a pull request to its end, and returns its pipeline. */
async function request(lab: Lab): Promise<string> {
  const { sha } = lab.push('fix', files);
  await lab.happens(lab.forge.request('7', sha));
  await lab.workAll();
  const [newest] = lab.context.pipelines.list({ stack: 'lab', request: '7', limit: 1 });
  expect(newest?.status).toBe('success');
  return newest?.id ?? '';
}

/** Merges, and leaves what the generate job of the protected pipeline does. */
async function generated(lab: Lab) {
  await lab.happens(lab.push('main', files).event);
  const job = await lab.take();
  if (job === undefined) throw new Error('there is no generate job');
  await lab.leave(job, lab.generated());
  return job;
}

test('after whichever write the server is killed, each package is promoted or built again, and recorded as such', async () => {
  let tried = 0;
  for (let goesOn = true; goesOn; tried += 1) {
    const lab = await openLab({
      stack: { promotion: 'pull-request' },
      runners: [{ ...embedded, trusted: true }],
    });
    const from = await request(lab);
    const generate = await generated(lab);
    lab.killAfter(tried);
    goesOn = false;
    for (let isDone = false; !isDone;) {
      try {
        // The runner repeats what was not answered; a job that was cut off is another attempt.
        if (!goesOn) await lab.finish(generate);
        await lab.coordinator.settle();
        await lab.workAll();
        await lab.coordinator.settle();
        isDone = !lab.isDead;
      } catch (error) {
        if (!lab.isDead) throw error;
      }
      if (isDone) continue;
      goesOn = true;
      await lab.reopen();
    }
    const [merged] = lab.context.pipelines.list({ stack: 'lab', limit: 1 });
    const recorded = lab.context.promotions.promotions(merged?.id ?? '');
    const outcomes = recorded.map(({ name, outcome, fromPipeline }) => `${name} ${outcome} ${fromPipeline}`).toSorted();
    const expected = [`gauge promoted ${from}`, `tide promoted ${from}`];
    expect({ tried, status: merged?.status, outcomes }).toEqual({ tried, status: 'success', outcomes: expected });
    expect((await lab.signed()).toSorted()).toEqual(['gauge', 'tide']);
  }
  expect(tried).toBeGreaterThan(10);
});
