import { describe, expect, test } from 'vitest';
import { expectGoodManners, oneJob, openWith } from '../support/forge-lab.ts';
import { gitlabLab } from '../support/gitlab-lab.ts';

describe('a GitLab that answers late, wrongly or not at all', () => {
  test('forged, repeated and overtaken deliveries change nothing about what runs', async () => {
    const lab = await gitlabLab({ mode: 'keep' });
    const { site } = lab;
    const { head } = await openWith(lab, 'change', oneJob('"true"'));
    const next = await site.push('change', oneJob('"true # again"'));
    const deliveries = site.deliveries.slice(1).toReversed();
    const [push, request] = ['Push Hook', 'Merge Request Hook'];
    expect(deliveries.map(({ event }) => event)).toEqual([push, request, request, push]);
    for (const delivery of deliveries) expect(await site.send(delivery, 'guessed')).toBe(401);
    expect(lab.pipelines).toEqual([]);
    for (const delivery of deliveries) expect(await site.send(delivery)).toBe(202);
    for (const delivery of deliveries) expect(await site.send(delivery)).toBe(200);
    expect(await lab.verdict(next)).toMatch(/^success/);
    expect([lab.pipelinesOf(head).length, lab.pipelinesOf(next).length]).toEqual([0, 1]);
    expectGoodManners(lab);
  });

  test('without a webhook a poll finds what happened; 502s, lost answers and a rate limit only delay', async () => {
    const lab = await gitlabLab({ poll: 0.2 });
    lab.site.fail({ on: /^GET .*\/merge_requests/, status: 502, times: 2 });
    lab.site.fail({ on: /^GET .*\/merge_requests/, status: 429, headers: { 'Retry-After': '1' } });
    lab.site.fail({ on: /^POST /, status: 502, isDone: true });
    lab.site.fail({ on: /^POST /, status: 429, headers: { 'Retry-After': '1' } });
    const { head, number } = await openWith(lab, 'change', oneJob('"true"'));
    expect(await lab.verdict(head)).toMatch(/^success/);
    await lab.site.closePull(number);
    await lab.until(() => lab.server.coordinator.context.ledger.request('stack', String(number))?.state === 'closed');
    expect(lab.pipelines).toHaveLength(1);
    expect(lab.site.api.faults.slice(0, 3).map(({ times }) => times)).toEqual([0, 0, 0]);
    expectGoodManners(lab);
  });

  test('lists that lag behind only delay: each head has one pipeline, and the request one comment', async () => {
    const lab = await gitlabLab({ poll: 0.2 });
    const polls = () => lab.site.api.requests.filter((request) => /^GET .*\/merge_requests$/.test(request.line)).length;
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
