import { expect, test } from 'vitest';
import type { Lab } from '../support/coordinator.ts';
import { generatingStack, openPromotionLab, testRequest } from '../support/promotion-lab.ts';

/** Merges, and leaves what the generate job of the protected pipeline does. */
async function generated(lab: Lab) {
  await lab.happens(lab.push('main', generatingStack).event);
  const job = await lab.take();
  if (job === undefined) throw new Error('there is no generate job');
  await lab.leave(job, lab.generated());
  return job;
}

test('after whichever write the server is killed, each package is promoted or built again, and recorded as such', async () => {
  let tried = 0;
  for (let goesOn = true; goesOn; tried += 1) {
    const lab = await openPromotionLab();
    const from = await testRequest(lab);
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
