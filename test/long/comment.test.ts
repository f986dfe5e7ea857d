import { describe, expect, test } from 'vitest';
import type { ForgeStandIn } from '../support/forge-stand-in.ts';
import { expectGoodManners, oneJob, oneRecipe, type ForgeLab } from '../support/forge-lab.ts';
import { githubLab } from '../support/github-lab.ts';
import { gitlabLab } from '../support/gitlab-lab.ts';

const endless = oneJob('while true; do sleep 0.05; done');
const broken = { ...oneRecipe, 'recipes/gauge.yaml': 'name: gauge\nversion: "1.0"\ninstall: "false # @everyone"\n' };

/** Resolves with the comment on a request once it has a text; what differs from run to run is replaced. */
async function comment(lab: ForgeLab<ForgeStandIn>, number: number, wanted: string): Promise<string> {
  const text = () => withoutPlaces(lab.site.comment(number) ?? '');
  await lab.until(() => text().includes(wanted));
  return text();
}

function withoutPlaces(text: string): string {
  return text
    .replace(/http:\/\/127\.0\.0\.1:\d+\/example-[^)]*\/commit\/[0-9a-f]{40}/g, '<commit>')
    .replace(/http:\/\/127\.0\.0\.1:\d+\//g, '/')
    .replace(/sha256:[0-9a-f]+…?/g, 'sha256:<digest>')
    .replace(/\b[0-9a-f]{40}\b/g, '<sha>')
    .replace(/(?<=[`>])[0-9a-f]{7}(?=[`<])/g, '<short>')
    .replace(/\/[a-z2-7]{7}`/g, '/<hash>`')
    .replace(/[\d.]+ [kM]B/g, '<size>');
}

describe.each([
  ['GitHub', githubLab],
  ['GitLab', gitlabLab],
])('the comment on a request at %s', (_forge, open) => {
  test('reads what happens: held, running, failed, pushed again, succeeded, merged', async () => {
    const lab: ForgeLab<ForgeStandIn> = await open();
    await lab.site.push('bring', endless, 'main');
    const pull = await lab.site.openPull({ branch: 'bring', draft: true });
    const read = (title: string) => comment(lab, pull.number, `### \`stack\`: ${title}\n`);
    expect(await read('held')).toContain('`Draft: runs once marked ready. A maintainer can review and approve it');

    pull.draft = false;
    lab.server.wake('stack');
    expect(await read('running')).toContain('[pipeline 1](/pipelines/1): `0 of 1 jobs done`');

    const second = await lab.site.push('bring', broken, 'main');
    expect(await lab.verdict(second)).toMatch(/^fail/);
    await read('failed');
    // The pipeline that was superseded has ended when its job has.
    const failed = await comment(
      lab,
      pull.number,
      '<details><summary>Before: <code><short></code>, canceled</summary>',
    );
    expect(failed).toContain('### `stack`: failed\n');
    expect(failed).toContain('**`gauge@1.0`** failed in phase `install`');

    const third = await lab.site.push('bring', oneRecipe, 'main');
    expect(await lab.verdict(third)).toMatch(/^success/);
    const succeeded = await read('succeeded');
    expect(succeeded).toContain('**1 of 1 packages built, 0 reused.**');
    expect(succeeded).toContain('<details><summary>Before: <code><short></code>, failed</summary>');

    const merge = await lab.site.mergePull(pull.number);
    await lab.site.tag('rev-7');
    expect(await lab.verdict(merge, 'slipway/image')).toMatch(/^success/);
    await lab.verdict(merge);
    await lab.until(() => (lab.site.comment(pull.number)?.match(/: \[success\]/g) ?? []).length === 2);
    const merged = await read('merged');
    expect(merged).toMatch(/Merged as \[`<short>`\]\(<commit>\)\.\n\n- `slipway`: \[success\]/);
    expect(merged).toMatch(/- `slipway\/image`: \[success\]\(\/images\/\d+\), `.*lab\/stack:7 sha256:<digest>/);
    expect(merged).toContain('<details><summary>Last result: <code><short></code>, succeeded</summary>');
    expect([failed, succeeded, merged].join().replace(/(`+)[^`][^]*?\1/g, '')).not.toContain('@everyone');
    expectGoodManners(lab);
  });
});
