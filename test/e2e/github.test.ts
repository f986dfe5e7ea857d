import { describe, expect, test } from 'vitest';
import { expectGoodManners, oneJob, oneRecipe } from '../support/forge-lab.ts';
import { githubLab, type GithubLab } from '../support/github-lab.ts';

async function openWith(lab: GithubLab, branch: string, files: Readonly<Record<string, string>>) {
  const head = await lab.site.push(branch, files, 'main');
  const { number } = await lab.site.openPull({ branch });
  return { head, number };
}

describe('a stack on GitHub', () => {
  test('goes from a pull request to an image, and says so at each commit', async () => {
    const lab = await githubLab();
    const { head, number } = await openWith(lab, 'bring', oneRecipe);
    expect(await lab.verdict(head)).toBe('success: All 2 jobs succeeded');
    expect(lab.said(head)[0]).toMatch(/^pending: /);
    expect(lab.site.statuses(head)[0]?.target_url).toMatch(/^http:.*\/pipelines\/\d+$/);
    expect(lab.hasPrefix(number)).toBe(true);

    const merge = await lab.site.mergePull(number);
    await lab.site.tag('rev-7');
    expect(await lab.verdict(merge, 'slipway/image')).toMatch(/^success: .*lab\/stack:7 sha256:/);
    expect(await lab.verdict(merge)).toMatch(/^success/);
    expect(lab.hasPrefix(number)).toBe(false);
    expect(lab.pipelines.map((record) => record.head)).toEqual([merge, head]);
    expectGoodManners(lab);
  });

  test('a push in the middle cancels the old pipeline, and the old commit says by what', async () => {
    const lab = await githubLab();
    const { head } = await openWith(lab, 'slow', oneJob('while [ ! -e "$GATE" ]; do sleep 0.05; done'));
    await lab.until(() => lab.pipelinesOf(head)[0]?.status === 'running');
    const next = await lab.site.push('slow', oneJob('"true"'));
    expect(await lab.verdict(head)).toBe(`error: Canceled: superseded by ${next.slice(0, 8)}`);
    expect(await lab.verdict(next)).toBe('success: The only job succeeded');
    expect(lab.pipelinesOf(head).map(({ status }) => status)).toEqual(['canceled']);
    expectGoodManners(lab);
  });

  test('a package that fails is named', async () => {
    const lab = await githubLab();
    const files = { ...oneRecipe, 'recipes/gauge.yaml': 'name: gauge\nversion: "1.0"\ninstall: "false"\n' };
    const { head } = await openWith(lab, 'broken', files);
    expect(await lab.verdict(head)).toMatch(/^failure: gauge\S* .*failed/);
    expectGoodManners(lab);
  });

  test('a pull request that is closed stops its pipeline, and leaves nothing on the mirror', async () => {
    const lab = await githubLab();
    const { head, number } = await openWith(lab, 'bring', oneRecipe);
    await lab.verdict(head);
    expect(lab.hasPrefix(number)).toBe(true);
    const next = await lab.site.push('bring', oneJob('while [ ! -e "$GATE" ]; do sleep 0.05; done'));
    await lab.until(() => lab.pipelinesOf(next)[0]?.status === 'running');
    await lab.site.closePull(number);
    expect(await lab.verdict(next)).toBe('error: Canceled: closed');
    await lab.until(() => !lab.hasPrefix(number));
    expectGoodManners(lab);
  });

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

  test('without a webhook, or with a lost one, a look finds what happened', async () => {
    const lab = await githubLab({ poll: 0.2 });
    const { head, number } = await openWith(lab, 'change', oneJob('"true"'));
    expect(await lab.verdict(head)).toMatch(/^success/);
    await lab.site.closePull(number);
    await lab.until(() => lab.server.coordinator.context.ledger.request('stack', String(number))?.state === 'closed');
    expect(lab.pipelines).toHaveLength(1);
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
    expect(lab.site.api.faults.map(({ times }) => times)).toEqual([0, 0, 0, 0]);
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
});
