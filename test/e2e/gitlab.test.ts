import { describe, expect, test } from 'vitest';
import { expectCommands, expectGoodManners, oneJob, oneRecipe, openWith } from '../support/forge-lab.ts';
import { gitlabLab } from '../support/gitlab-lab.ts';

const signingToken = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

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

  test('a comment with a command starts a pipeline, if its author may', async () => {
    await expectCommands(await gitlabLab());
  });
});
