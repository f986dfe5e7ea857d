import { describe, expect, test } from 'vitest';
import { expectCommands, expectGoodManners, oneJob, openWith } from '../support/forge-lab.ts';
import { gitlabLab } from '../support/gitlab-lab.ts';

const signingToken = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

describe('a merge request on GitLab', () => {
  test('starts a pipeline by a webhook that has a signing token', async () => {
    const lab = await gitlabLab({ secret: signingToken });
    const { head } = await openWith(lab, 'change', oneJob('"true"'));
    expect(await lab.verdict(head)).toBe('success: The only job succeeded');
    expectGoodManners(lab);
  });

  test('of a fork is held, and its head has a status nevertheless', async () => {
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
