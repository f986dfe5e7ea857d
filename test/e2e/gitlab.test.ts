import { describe, expect, test } from 'vitest';
import { expectGoodManners, forgeLab, oneJob, oneRecipe } from '../support/forge-lab.ts';
import { gitlabStandIn } from '../support/gitlab.ts';

const signingToken = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const gitlabLab = async (options: { poll?: number; mode?: 'send' | 'keep'; secret?: string } = {}) =>
  forgeLab(await gitlabStandIn(), {
    kind: 'gitlab',
    section: ({ full }, apiUrl) => ({ project: full, url: apiUrl.replace('/api/v4', '') }),
    secret: 'between GitLab and us',
    ...options,
  });
type GitlabLab = Awaited<ReturnType<typeof gitlabLab>>;

async function openWith({ site }: GitlabLab, branch: string, files: Readonly<Record<string, string>>) {
  const head = await site.push(branch, files, 'main');
  const { number } = await site.openPull({ branch });
  return { head, number };
}

describe('a stack on GitLab', () => {
  test.each([
    ['secret token', 'between GitLab and us'],
    ['signing token', signingToken],
  ])('goes from a merge request to an image, with a webhook that has a %s', async (_what, secret) => {
    const lab = await gitlabLab({ secret });
    const { head, number } = await openWith(lab, 'bring', oneRecipe);
    expect(await lab.verdict(head)).toBe('success: All 2 jobs succeeded');
    expect(lab.said(head)[0]).toMatch(/^pending: /);
    expect(lab.site.statuses(head).at(-1)?.target_url).toMatch(/^http:.*\/pipelines\/\d+$/);
    expect(lab.hasPrefix(number)).toBe(true);
    const view = (await (await fetch(`${lab.server.url}/api/v1/stacks/stack`)).json()) as { requests: object[] };
    const url = expect.stringMatching(new RegExp(`/${lab.site.full}/-/merge_requests/${number}$`)) as string;
    expect(view.requests).toMatchObject([{ label: `!${number}`, url }]);

    const merge = await lab.site.mergePull(number);
    await lab.site.tag('rev-7');
    expect(await lab.verdict(merge, 'slipway/image')).toMatch(/^success: .*lab\/stack:7 sha256:/);
    expect(await lab.verdict(merge)).toMatch(/^success/);
    expect(lab.hasPrefix(number)).toBe(false);
    expect(lab.pipelines.map((record) => record.head)).toEqual([merge, head]);
    expectGoodManners(lab);
  });

  test('a merge request of a fork is held, and its head has a status nevertheless', async () => {
    const lab = await gitlabLab();
    const head = await lab.site.push('theirs', oneJob('"true"'), 'main');
    await lab.site.openPull({ branch: 'theirs', isFork: true, author: 'mallory' });
    await lab.until(() => lab.said(head).length > 0);
    expect(lab.said(head)[0]).toMatch(/^pending: Held/);
    expect(lab.pipelines).toEqual([]);
    expectGoodManners(lab);
  });

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
});
