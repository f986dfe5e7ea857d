import { describe, expect, test } from 'vitest';
import { expectGoodManners, oneJob, openWith } from '../support/forge-lab.ts';
import { githubLab } from '../support/github-lab.ts';

describe('a GitHub that answers late, wrongly or not at all', () => {
  test('forged, repeated and overtaken deliveries change nothing about what runs', async () => {
    const lab = await githubLab({ mode: 'keep' });
    const { site: github } = lab;
    const { head } = await openWith(lab, 'change', oneJob('"true"'));
    const next = await github.push('change', oneJob('"true # again"'));
    const deliveries = github.deliveries.slice(1).toReversed();
    expect(deliveries.map(({ event }) => event)).toEqual(['push', 'pull_request', 'pull_request', 'push']);
    for (const delivery of deliveries) expect(await github.send(delivery, 'guessed')).toBe(401);
    expect(lab.pipelines).toEqual([]);
    for (const delivery of deliveries) expect(await github.send(delivery)).toBe(202);
    for (const delivery of deliveries) expect(await github.send(delivery)).toBe(200);
    expect(await lab.verdict(next)).toMatch(/^success/);
    await lab.until(() => lab.server.coordinator.context.ledger.newestDelivery('stack') === undefined);
    expect([lab.pipelinesOf(head).length, lab.pipelinesOf(next).length]).toEqual([0, 1]);
    expectGoodManners(lab);
  });

  test('502s, lost answers and a rate limit only delay', async () => {
    const lab = await githubLab({ poll: 0.2 });
    lab.site.fail({ on: /^GET .*\/pulls/, status: 502, times: 2 });
    lab.site.fail({
      on: /^GET .*\/pulls/,
      status: 403,
      headers: { 'retry-after': '1' },
      message: 'API rate limit exceeded',
    });
    lab.site.fail({ on: /^POST /, status: 502, isDone: true });
    lab.site.fail({ on: /^POST /, status: 429, headers: { 'retry-after': '1' } });
    const { head } = await openWith(lab, 'change', oneJob('"true"'));
    expect(await lab.verdict(head)).toMatch(/^success/);
    expect(lab.pipelines).toHaveLength(1);
    await lab.until(() => lab.site.api.faults.every(({ times }) => times === 0));
    expectGoodManners(lab);
  });

  test('a verdict that GitHub could not take is posted by the next server, once', async () => {
    const lab = await githubLab();
    lab.site.fail({ on: /^POST /, status: 503, times: 1000 });
    const { head } = await openWith(lab, 'change', oneJob('"true"'));
    await lab.until(() => lab.pipelinesOf(head)[0]?.status === 'success');
    await lab.server.stop();
    expect(lab.said(head)).toEqual([]);
    lab.site.api.faults.length = 0;
    await lab.start();
    expect(await lab.verdict(head)).toMatch(/^success/);
    expect(lab.said(head)).toHaveLength(1);
    expect(lab.pipelines).toHaveLength(1);
    expectGoodManners(lab);
  });

  test('lists that lag behind only delay: each head has one pipeline, and the request one comment', async () => {
    const lab = await githubLab({ poll: 0.2 });
    const polls = () => lab.site.api.requests.filter((request) => /^GET .*\/pulls$/.test(request.line)).length;
    const lagging = async <T>(act: () => Promise<T>): Promise<T> => {
      lab.site.lag();
      const result = await act();
      const before = polls();
      await lab.until(() => polls() > before + 2);
      lab.site.catchUp();
      return result;
    };
    const { head, number } = await lagging(() => openWith(lab, 'change', oneJob('"true"')));
    expect(await lab.verdict(head)).toMatch(/^success/);
    const next = await lagging(() => lab.site.push('change', oneJob('"true # again"')));
    expect(await lab.verdict(next)).toMatch(/^success/);
    expect([lab.pipelinesOf(head).length, lab.pipelinesOf(next).length, lab.pipelines.length]).toEqual([1, 1, 2]);
    await lab.until(() => lab.site.comment(number) !== undefined);
    expectGoodManners(lab);
  });
});
