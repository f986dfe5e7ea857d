import { describe, expect, test } from 'vitest';
import { expectGoodManners, oneRecipe, openWith } from '../support/forge-lab.ts';
import { gitlabLab } from '../support/gitlab-lab.ts';

describe('a stack on GitLab', () => {
  test('goes from a merge request to an image, and says so at each commit', async () => {
    const lab = await gitlabLab();
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
    await lab.until(() => !lab.hasPrefix(number));
    expect(lab.pipelines.map((record) => record.head)).toEqual([merge, head]);
    expectGoodManners(lab);
  });
});
