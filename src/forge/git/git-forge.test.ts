import { execFileSync } from 'node:child_process';
import { mkdir, readFile, readdir, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { gitRemote, type GitRemote } from '../../../test/support/git-remote.ts';
import { Secret } from '../../kit/index.ts';
import { silentLogger } from '../../../test/support/silent-logger.ts';
import { forgeContract } from '../../../test/support/forge-contract.ts';
import { gitForge, type GitForgeOptions } from './git-forge.ts';

function forgeFor(remote: GitRemote, options: Partial<GitForgeOptions> = {}) {
  const repository = join(remote.folder, 'copy.git');
  return gitForge({
    remote: remote.path,
    repository,
    defaultBranch: 'main',
    log: silentLogger,
    isProtected: () => false,
    numberFor: (branch) => String(Number.parseInt(Buffer.from(branch).toString('hex').slice(-12), 16)),
    ...options,
  });
}

forgeContract('git', async () => {
  const remote = await gitRemote();
  return { ...remote, forge: forgeFor(remote) };
});

describe('a forge out of any git remote', () => {
  let remote: GitRemote;
  beforeEach(async () => {
    remote = await gitRemote();
    await remote.commit('refs/heads/main', { 'a.txt': 'a\n' });
  });
  afterEach(() => remote.dispose());

  test('a branch of a merge queue on GitHub is neither a pull request nor protected', async () => {
    const forge = forgeFor(remote, { isProtected: (branch) => branch.startsWith('gh-') });
    const { refs } = await forge.poll(new Map());
    const sha = await remote.commit(
      `refs/heads/gh-readonly-queue/main/pr-7-${refs.get('refs/heads/main')}`,
      { b: '1' },
      'refs/heads/main',
    );
    const seen = await forge.poll(refs);
    expect(seen.events).toEqual([]);
    expect([...seen.refs].find(([, one]) => one === sha)?.[0]).toMatch(/^refs\/queue\/main\/pr-7-/);
    expect(await forge.branchesWith(sha)).toEqual([]);
  });

  test('a branch that is not the default one is a pull request with a stable number', async () => {
    const forge = forgeFor(remote);
    const { refs } = await forge.poll(new Map());
    await remote.commit('refs/heads/feature/x', { b: '1' }, 'refs/heads/main');
    const first = await forge.poll(refs);
    expect(first.events).toMatchObject([
      {
        type: 'pull-request-updated',
        pullRequest: { title: 'Change b', author: 'Ada <ada@example.org>', fork: false },
      },
    ]);
    await remote.commit('refs/heads/feature/x', { b: '2' });
    const second = await forge.poll(first.refs);
    expect(numbers(second.events)).toEqual(numbers(first.events));
  });

  test('the caller may number branches', async () => {
    await remote.commit('refs/heads/fix', { b: '1' }, 'refs/heads/main');
    const { events } = await forgeFor(remote, { numberFor: () => '3' }).poll(new Map());
    expect(numbers(events)).toEqual(['3']);
  });

  test('a protected branch is no pull request, but its pushes are events', async () => {
    const sha = await remote.commit('refs/heads/stable', { b: '1' }, 'refs/heads/main');
    const { events } = await forgeFor(remote, { isProtected: (branch) => branch === 'stable' }).poll(new Map());
    expect(events.map((event) => event.type)).toEqual(['branch-pushed', 'branch-pushed']);
    expect(events[1]).toMatchObject({ branch: 'stable', sha });
  });

  test('a branch without commits of its own is no pull request', async () => {
    const forge = forgeFor(remote);
    const { refs } = await forge.poll(new Map());
    await remote.git('push', '--quiet', 'origin', 'HEAD:refs/heads/same');
    expect((await forge.poll(refs)).events).toEqual([]);
  });

  test("a branch that a pull ref shows is reported once, and is not an outsider's", async () => {
    await remote.commit('refs/heads/feature', { b: '1' }, 'refs/heads/main');
    await remote.git('push', '--quiet', 'origin', 'HEAD:refs/pull/4/head');
    const { events } = await forgeFor(remote).poll(new Map());
    expect(events.slice(1)).toMatchObject([{ pullRequest: { number: '4', fork: false } }]);
  });

  test("a pull ref whose head is in no branch is an outsider's", async () => {
    await remote.commit('refs/pull/4/head', { b: '1' }, 'refs/heads/main');
    const { events } = await forgeFor(remote).poll(new Map());
    expect(events[1]).toMatchObject({ pullRequest: { fork: true } });
  });

  test('a branch deleted after a forced push back is closed unmerged', async () => {
    const forge = forgeFor(remote, { numberFor: () => '3' });
    await remote.commit('refs/heads/fix', { b: '1' }, 'refs/heads/main');
    const { refs } = await forge.poll(new Map());
    await remote.remove('refs/heads/fix');
    expect((await forge.poll(refs)).events).toEqual([{ type: 'pull-request-closed', number: '3', merged: false }]);
  });

  test('tags found at the first look are old; one that moves is reported again', async () => {
    const forge = forgeFor(remote);
    await remote.tag('rev-1', 'refs/heads/main');
    const first = await forge.poll(new Map());
    expect(first.events.map((event) => event.type)).toEqual(['branch-pushed']);
    const sha = await remote.commit('refs/heads/main', { 'a.txt': 'b\n' });
    await remote.tag('rev-1', 'refs/heads/main');
    expect((await forge.poll(first.refs)).events.at(-1)).toEqual({
      type: 'tag-pushed',
      tag: 'rev-1',
      sha,
      objectSha: await remote.git('rev-parse', 'refs/tags/rev-1'),
    });
  });

  test('events come in order: closed requests, branches, open requests, tags', async () => {
    const forge = forgeFor(remote);
    await remote.commit('refs/pull/1/head', { b: '1' }, 'refs/heads/main');
    const { refs } = await forge.poll(new Map());
    await remote.merge('refs/heads/main', 'refs/pull/1/head');
    await remote.tag('rev-1', 'refs/heads/main');
    await remote.commit('refs/pull/2/head', { c: '1' }, 'refs/heads/main');
    expect((await forge.poll(refs)).events.map((event) => event.type)).toEqual([
      'pull-request-closed',
      'branch-pushed',
      'pull-request-updated',
      'tag-pushed',
    ]);
  });

  test('a merge that git would fast-forward is still a commit with both parents', async () => {
    const forge = forgeFor(remote);
    await remote.commit('refs/pull/1/head', { b: '1' }, 'refs/heads/main');
    const { events } = await forge.poll(new Map());
    const event = events[1];
    if (event?.type !== 'pull-request-updated') throw new Error('no pull request was reported');
    const merged = await forge.mergeForTest(event.pullRequest);
    const head = await forge.commit(event.pullRequest.headSha);
    expect(merged).toMatchObject({ tree: head.tree });
    const commit = await forge.commit('sha' in merged ? merged.sha : '');
    expect(commit).toMatchObject({ author: 'slipway <slipway@localhost>', date: head.date });
  });

  test('histories without a commit in common are a conflict', async () => {
    const forge = forgeFor(remote);
    const baseSha = (await forge.poll(new Map())).refs.get('refs/heads/main') ?? '';
    await remote.git('checkout', '--quiet', '--orphan', 'other');
    const headSha = await remote.commit('refs/heads/other', { z: '1' });
    await forge.poll(new Map());
    const request = { number: '1', title: '', headSha, baseBranch: 'main', baseSha, fork: false, author: '' };
    expect(await forge.mergeForTest(request)).toEqual({ conflict: 'the two histories have no commit in common' });
  });

  test('a branch gets a number that no request of the remote has', async () => {
    await remote.commit('refs/pull/1/head', { b: '1' }, 'refs/heads/main');
    await remote.commit('refs/heads/fix', { c: '1' }, 'refs/heads/main');
    const takenNumbers: (readonly string[])[] = [];
    const numberFor = (_branch: string, taken: ReadonlySet<string>) => {
      takenNumbers.push([...taken]);
      return '1000001';
    };
    const { events } = await forgeFor(remote, { numberFor }).poll(new Map());
    const numbers = events.flatMap((event) => ('pullRequest' in event ? [event.pullRequest.number] : []));
    expect(numbers).toEqual(['1', '1000001']);
    expect(takenNumbers).toContainEqual(['1']);
  });

  test('a link in the tree is refused, not followed and not passed over', async () => {
    await remote.git('config', 'core.symlinks', 'false');
    const object = await remote.git('rev-parse', 'HEAD:a.txt');
    await remote.git('update-index', '--add', '--cacheinfo', `120000,${object},link`);
    await remote.git('commit', '--quiet', '--message', 'Link');
    await remote.git('push', '--quiet', 'origin', 'HEAD:refs/heads/main');
    const forge = forgeFor(remote);
    const sha = (await forge.poll(new Map())).refs.get('refs/heads/main') ?? '';
    await expect(forge.readFile(sha, 'link')).rejects.toMatchObject({ code: 'FORGE_NO_PLAIN_FILE' });
    expect((await forge.readFile(sha, 'a.txt'))?.toString()).toBe('a\n');
  });

  test('an unreachable remote is reported with its address, without its password', async () => {
    const url = 'http://ada:hunter2@127.0.0.1:1/stack.git';
    const error = await forgeFor(remote, { remote: url })
      .poll(new Map())
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'FORGE_REMOTE_UNREACHABLE' });
    expect(String(error)).not.toContain('hunter2');
    expect(String(error)).toContain('http://127.0.0.1:1/stack.git');
  });

  test('a remote that is gone is an error, and the copy stays readable', async () => {
    const { refs } = await forgeFor(remote).poll(new Map());
    const gone = forgeFor(remote, { remote: join(remote.folder, 'nowhere.git') });
    await expect(gone.poll(refs)).rejects.toMatchObject({ code: 'FORGE_REMOTE_UNREACHABLE' });
    expect(await gone.commit(refs.get('refs/heads/main') ?? '')).toMatchObject({ title: 'Change a.txt' });
  });

  test.each(['ext::sh -c id', '--upload-pack=id', ''])('`%s` is no remote', (bad) => {
    expect(() => forgeFor(remote, { remote: bad })).toThrow(expect.objectContaining({ code: 'FORGE_REMOTE_INVALID' }));
  });

  test('locks that a killed git left do not stop the next poll', async () => {
    const { refs } = await forgeFor(remote).poll(new Map());
    await remote.commit('refs/heads/main', { 'a.txt': 'b\n' });
    const lock = join(remote.folder, 'copy.git', 'refs', 'heads', 'main.lock');
    await writeFile(lock, '');
    await utimes(lock, new Date(0), new Date(0));
    expect((await forgeFor(remote).poll(refs)).events).toHaveLength(1);
  });

  test('nor a pipeline whose commit is to be kept', async () => {
    const forge = forgeFor(remote);
    const { refs } = await forge.poll(new Map());
    const sha = refs.get('refs/heads/main') ?? '';
    const folder = join(remote.folder, 'copy.git', 'refs', 'pipelines');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, '7.lock'), '');
    await expect(forge.keep('7', sha)).rejects.toThrow('File exists');
    await utimes(join(folder, '7.lock'), new Date(0), new Date(0));
    await forge.keep('7', sha);
    expect(await readdir(folder)).toEqual(['7']);
  });

  test.each([
    ['in the configuration', { credentials: { username: 'x', password: async () => new Secret('token') } }, ''],
    ['in the address', {}, 'x:token@'],
  ])(
    'credentials %s reach the remote in a header of its own origin, and no argument shows them',
    async (...example) => {
      const [, options, user] = example;
      const seen: (string | undefined)[] = [];
      const server = createServer((request, response) => {
        seen.push(request.headers.authorization);
        response.writeHead(404).end();
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as { port: number };
      const args = join(remote.folder, 'arguments');
      const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
      const wrapper = `#!/bin/sh\nprintf '%s\\n' "$*" >>'${args}'\nexec '${real}' "$@"\n`;
      await writeFile(join(remote.folder, 'git'), wrapper, { mode: 0o755 });
      const path = `${remote.folder}:${process.env.PATH}`;
      const forge = forgeFor(remote, { remote: `http://${user}127.0.0.1:${port}/a.git`, path, ...options });
      await expect(forge.poll(new Map())).rejects.toMatchObject({ code: 'FORGE_REMOTE_UNREACHABLE' });
      await new Promise((resolve) => server.close(resolve));
      expect(seen[0]).toBe(`Basic ${Buffer.from('x:token').toString('base64')}`);
      const shown = await readFile(args, 'utf8');
      expect(shown).toContain(`http://127.0.0.1:${port}/a.git`);
      expect(shown).not.toContain('token');
    },
  );
});

function numbers(events: readonly { readonly type: string }[]): readonly string[] {
  return events.flatMap((event) => ('pullRequest' in event ? [(event.pullRequest as { number: string }).number] : []));
}
