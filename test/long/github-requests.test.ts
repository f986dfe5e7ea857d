import { describe, expect, test } from 'vitest';
import { expectCommands, expectGoodManners, oneJob, oneRecipe, openWith } from '../support/forge-lab.ts';
import { githubLab } from '../support/github-lab.ts';

describe('a pull request on GitHub', () => {
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

  test('without a webhook, or with a lost one, a look finds what happened', async () => {
    const lab = await githubLab({ poll: 0.2 });
    const { head, number } = await openWith(lab, 'change', oneJob('"true"'));
    expect(await lab.verdict(head)).toMatch(/^success/);
    await lab.site.closePull(number);
    await lab.until(() => lab.server.coordinator.context.ledger.request('stack', String(number))?.state === 'closed');
    expect(lab.pipelines).toHaveLength(1);
    expectGoodManners(lab);
  });

  test('a comment with a command starts a pipeline, if its author may', async () => {
    await expectCommands(await githubLab());
  });
});
