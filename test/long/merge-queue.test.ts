import { writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { sandboxAvailable } from '../../src/executor/index.ts';
import type { GithubStandIn } from '../support/github.ts';
import { expectGoodManners, oneJob, oneRecipe, openWith, type ForgeLab } from '../support/forge-lab.ts';
import { githubLab } from '../support/github-lab.ts';

const canRun = await sandboxAvailable();
if (!canRun) process.stderr.write('skipped: pull requests from forks need a sandbox\n');

const untilGate = 'while [ ! -e "$GATE" ]; do sleep 0.05; done';

/** The pipelines of a commit, as `<type of ref> <ref> <trust> <status>`. */
function pipelines(lab: ForgeLab<GithubStandIn>, sha: string): readonly string[] {
  return lab.pipelinesOf(sha).map(({ refType, ref, trust, status }) => `${refType} ${ref} ${trust} ${status}`);
}

describe('a merge queue on GitHub', () => {
  test('tests the commit that the queue made, and the branch gets what was tested', async () => {
    const lab = await githubLab();
    const { head, number } = await openWith(lab, 'bring', oneRecipe);
    expect(await lab.verdict(head)).toMatch(/^success/);
    const group = await lab.site.queue.add(number);
    expect(await lab.verdict(group)).toMatch(/^success/);
    expect(pipelines(lab, group)).toEqual([`merge-queue queue/${number} pull-request success`]);
    await lab.site.queue.advance();
    await lab.until(() => pipelines(lab, group)[0] === 'branch main protected success');
    expect(pipelines(lab, group)).toHaveLength(2);
    expect(await lab.verdict(group)).toMatch(/^success/);
    expect(await lab.site.api.tip('heads/main')).toBe(group);
    expectGoodManners(lab);
  });

  test('a group that fails is thrown out, and the request after it is tested without it', async () => {
    const lab = await githubLab();
    const first = await openWith(lab, 'first', { ...oneJob('test ! -e second.txt'), 'first.txt': '1\n' });
    const second = await openWith(lab, 'second', { 'second.txt': '2\n' });
    await lab.verdict(first.head);
    const groups = [await lab.site.queue.add(first.number), await lab.site.queue.add(second.number)];
    expect(await lab.verdict(groups[0] ?? '')).toMatch(/^success/);
    expect(await lab.verdict(groups[1] ?? '')).toMatch(/^failure/);
    await lab.site.queue.advance();
    await lab.site.queue.advance();
    expect(lab.site.queue.commits).toEqual([]);
    expect(lab.site.api.pulls.get(first.number)?.merged).toBe(true);
    expect(lab.site.api.pulls.get(second.number)?.state).toBe('open');
    expectGoodManners(lab);
  });

  test('what still runs for a request that leaves the queue is canceled, and tested again for those after it', async () => {
    const lab = await githubLab();
    const first = await openWith(lab, 'first', oneJob(untilGate));
    const second = await openWith(lab, 'second', oneJob('"true"'));
    const old = [await lab.site.queue.add(first.number)];
    await lab.until(() => lab.pipelinesOf(old[0] ?? '').length > 0);
    await lab.site.queue.remove(first.number);
    expect(await lab.verdict(old[0] ?? '')).toBe('error: Canceled: removed from the merge queue');
    const next = await lab.site.queue.add(second.number);
    await writeFile(lab.gate, '');
    expect(await lab.verdict(next)).toMatch(/^success/);
    expectGoodManners(lab);
  });

  test.skipIf(!canRun)(
    'a group with a fork’s request in it runs as a fork’s, apart from the team’s packages',
    async () => {
      const lab = await githubLab();
      await lab.site.push('theirs', oneRecipe, 'main');
      const fork = await lab.site.openPull({ branch: 'theirs', isFork: true, author: 'mallory' });
      const team = await openWith(lab, 'ours', { 'README.md': 'Ours.\n' });
      const groups = [await lab.site.queue.add(fork.number), await lab.site.queue.add(team.number)];
      for (const group of groups) expect(await lab.verdict(group)).toMatch(/^success/);
      expect(groups.flatMap((group) => pipelines(lab, group))).toEqual([
        `merge-queue queue/${fork.number} untrusted success`,
        `merge-queue queue/${team.number} untrusted success`,
      ]);
      expect(lab.hasPrefix(team.number)).toBe(false);
      expectGoodManners(lab);
    },
  );
});
