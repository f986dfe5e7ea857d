import { expect, test } from 'vitest';
import { expectGoodManners, oneJob, oneRecipe, openWith } from '../support/forge-lab.ts';
import { githubLab } from '../support/github-lab.ts';

const broken = {
  ...oneRecipe,
  'recipes/gauge.yaml': 'name: gauge\nversion: "1.0"\ninstall: |\n  echo no scale\n  false\n',
};

test('an App shows a pull request as a check, which names the line that broke it and then succeeds', async () => {
  const lab = await githubLab({ withApp: true });
  const { head, number } = await openWith(lab, 'bring', broken);
  expect(await lab.verdict(head)).toMatch(/^failure: gauge\S* failed in phase `install`/);
  const [check, ...others] = lab.site.checks(head);
  expect(others).toEqual([]);
  expect(check).toMatchObject({ conclusion: 'failure', actions: ['retry'] });
  expect(check?.history[0]).toMatch(/^in_progress: /);
  expect(check?.details_url).toMatch(/^http:.*\/jobs\/\d+#L\d+$/);
  expect(check?.summary).toMatch(/^\*\*`gauge@1\.0`\*\* failed in phase `install`/);
  await lab.until(() => (check?.annotations.length ?? 0) > 0);
  expect(check?.annotations).toMatchObject([
    {
      path: 'recipes/gauge.yaml',
      start_line: 3,
      annotation_level: 'failure',
      title: expect.stringMatching(/^gauge@1\.0 failed/) as string,
    },
  ]);

  const fixed = await lab.site.push('bring', oneRecipe);
  expect(await lab.verdict(fixed)).toBe('success: All 2 jobs succeeded');
  expect(lab.site.checks(fixed)).toMatchObject([{ conclusion: 'success', annotations: [], actions: [] }]);
  expect(lab.site.checks(fixed)[0]?.summary).toContain('1 of 1 packages built');

  const merge = await lab.site.mergePull(number);
  await lab.site.tag('rev-7');
  expect(await lab.verdict(merge, 'slipway/image')).toMatch(/^success: .*lab\/stack:7 sha256:/);
  expect(lab.site.api.statuses).toEqual([]);
  expectGoodManners(lab);
});

test('an App without the permission for checks sets statuses', async () => {
  const lab = await githubLab({ withApp: true });
  const message = 'Resource not accessible by integration';
  lab.site.fail({ on: /check-runs/, status: 403, message, times: 1000 });
  const { head } = await openWith(lab, 'bring', oneRecipe);
  expect(await lab.verdict(head)).toBe('success: All 2 jobs succeeded');
  expect(lab.site.api.statuses.map(({ state }) => state).at(-1)).toBe('success');
  expect(lab.site.api.checkRuns).toEqual([]);
  expectGoodManners(lab);
});

test('buttons of a check approve and retry, each for those who may', async () => {
  const lab = await githubLab({ withApp: true });
  const { site } = lab;
  site.api.roles.set('grace', 'maintain').set('mallory', 'write');
  // Fails once: a retry gets another number.
  const head = await site.push('retried', oneJob('test "$CI_JOB_ID" -gt 1'), 'main');
  const { number } = await site.openPull({ branch: 'retried', draft: true });
  const newest = () => site.checks(head).at(-1);
  const clicks = async (account: string, button: string): Promise<void> => {
    site.as = account;
    // GitHub sends a delivery again if a person has it do so.
    await site.send(await site.click(newest()!, button));
  };
  const answers = () =>
    lab.server.coordinator.context.ledger
      .commands('stack', String(number))
      .map(({ actor, command, state }) => `${actor} ${command} ${state}`);

  await lab.until(() => newest()?.conclusion === 'action_required');
  expect(newest()).toMatchObject({ actions: ['approve'], title: expect.stringMatching(/^Draft/) as string });
  await clicks('mallory', 'approve');
  await lab.until(() => answers().includes('mallory approve refused'));
  expect(lab.pipelines).toEqual([]);
  await clicks('grace', 'approve');
  await lab.until(() => newest()?.conclusion === 'failure');
  expect(site.checks(head).map(({ conclusion }) => conclusion)).toEqual(['action_required', 'failure']);
  await lab.until(() => newest()?.annotations[0]?.path === '.gitlab-ci.yml');
  expect(newest()?.actions).toEqual(['retry']);
  await clicks('mallory', 'retry');
  await lab.until(() => newest()?.conclusion === 'success');
  expect(newest()).toMatchObject({ title: 'The only job succeeded', annotations: [], actions: [] });
  expect(answers()).toEqual(['mallory approve refused', 'grace approve done', 'mallory retry done']);
  expect(lab.pipelines).toHaveLength(1);
  expectGoodManners(lab);
});
