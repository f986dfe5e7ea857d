import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { notifyCommand } from '../../src/forge/git/notify-command.ts';
import { installHook } from '../../src/forge/index.ts';
import { forkLab, type ForkLab } from '../support/fork-lab.ts';
import { oneRecipe } from '../support/forge-lab.ts';
import { githubLab } from '../support/github-lab.ts';

const images = [{ repository: 'lab/stack', rules: [{ gitTag: '/^v(.+)$/', tag: '$1', actors: ['ada'] }] }];
const files = { ...oneRecipe, 'slipway.yaml': JSON.stringify({ images }) };
const refused = (tag: string, who: string) =>
  `failure: \`${tag}\` of \`stack\` was not published: ${who}; rule \`gitTag: /^v(.+)$/\` allows ada`;

describe('a rule for some accounts, on GitHub', () => {
  test('publishes what the webhook says that they pushed, and gives others the reason', async () => {
    const lab = await githubLab();
    const { site: github } = lab;
    const sha = await github.push('main', files);
    github.as = 'mallory';
    await github.tag('v1');
    expect(await lab.verdict(sha, 'slipway/image')).toBe(refused('v1', '`mallory` pushed it'));
    github.as = 'ada';
    await github.tag('v2');
    await lab.until(() => lab.said(sha, 'slipway/image').at(-1)?.endsWith('(1 of 2 tags published)') === true);
    expect(github.api.violations).toEqual([]);
  });

  test('waits for the webhook where the look came first, and takes its word after a restart', async () => {
    const lab = await githubLab({ poll: 0.2 });
    const { site: github } = lab;
    const sha = await github.push('main', files);
    await github.tag('v1');
    expect(await lab.verdict(sha, 'slipway/image')).toBe(refused('v1', 'it is unknown who pushed it'));
    await lab.server.stop();
    await lab.start();
    github.hook = { url: `${lab.server.url}/hooks/github/stack`, secret: 'between GitHub and us', mode: 'keep' };
    const shown = github.deliveries.find(({ event, body }) => event === 'push' && body.includes('refs/tags/v1'));
    expect(await github.send(shown as NonNullable<typeof shown>)).toBe(202);
    await lab.until(() => /^success: .*lab\/stack:1 sha256:/.test(lab.said(sha, 'slipway/image').at(-1) ?? ''));
  });

  test('knows of a branch by GitHub’s own record, without any webhook', async () => {
    const lab = await githubLab({ poll: 0.2 });
    const { site: github } = lab;
    const rules = [{ branch: 'main', tag: 'latest', actors: ['ada'] }];
    const branchFiles = {
      ...oneRecipe,
      'slipway.yaml': JSON.stringify({ images: [{ repository: 'lab/stack', rules }] }),
    };
    github.as = 'mallory';
    const first = await github.push('main', branchFiles);
    expect(await lab.verdict(first, 'slipway/image')).toMatch(/^failure: .*`mallory` pushed it/);
    github.as = 'ada';
    const second = await github.push('main', { note: 'by ada' });
    expect(await lab.verdict(second, 'slipway/image')).toMatch(/^success: .*lab\/stack:latest/);
    expect(github.api.violations).toEqual([]);
  });
});

describe('a rule for some accounts, on a git remote', () => {
  /** A remote whose hook reports who pushed by a variable of its environment, as the server of a forge sets it. */
  async function hookedLab(): Promise<ForkLab> {
    const lab = await forkLab({ hookToken: { env: 'TOKEN' } });
    onTestFinished(() => lab.close());
    const tokenFile = join(lab.outside, 'hook-token');
    await writeFile(tokenFile, 'planted-trigger-token-5b1e\n');
    const server = { url: lab.server.url, stack: 'lab', who: { tokenFile, variable: 'REMOTE_USER' } };
    await installHook({ remote: lab.remote.path, server, fallback: notifyCommand(server) });
    return lab;
  }

  async function tagAs(lab: ForkLab, actor: string | undefined, tag: string): Promise<string> {
    const before = process.env['REMOTE_USER'];
    try {
      if (actor !== undefined) process.env['REMOTE_USER'] = actor;
      await lab.remote.tag(tag, 'refs/heads/main');
    } finally {
      if (before === undefined) delete process.env['REMOTE_USER'];
      else process.env['REMOTE_USER'] = before;
    }
    const { ledger } = lab.server.coordinator.context;
    const publication = await lab.until(() =>
      ledger.publications('lab').find((one) => one.ref === tag && one.state !== 'waiting'),
    );
    return `${publication.state} ${publication.actor}`;
  }

  test('publishes what the hook says that they pushed', async () => {
    const lab = await hookedLab();
    const sha = await lab.remote.commit('refs/heads/main', files);
    await lab.finished(sha);
    expect(await tagAs(lab, 'ada', 'v1')).toBe('published ada');
    expect(await tagAs(lab, 'mallory', 'v2')).toBe('refused mallory');
    expect(await tagAs(lab, undefined, 'v3')).toBe('refused undefined');
    // Commits and tags here all say that Ada made them.
    expect(await lab.remote.git('log', '-1', '--format=%an', 'refs/tags/v3')).toBe('Ada');
  });
});
