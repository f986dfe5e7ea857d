import { describe, expect, test } from 'vitest';
import { expectGoodManners, oneJob, oneRecipe, openWith } from '../support/forge-lab.ts';
import { githubLab } from '../support/github-lab.ts';

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
    await lab.until(() => !lab.hasPrefix(number));
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
});
