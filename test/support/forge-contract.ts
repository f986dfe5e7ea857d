import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ForgeEvent, PullRequest } from '../../src/forge/forge-event.ts';
import type { Forge } from '../../src/forge/forge.ts';
import type { RefName } from '../../src/forge/refs.ts';
import type { ForgeStandIn } from './forge-stand-in.ts';

/** The other side of a forge, as people change it: used by the contract to make things happen. */
export interface ForgeRemote {
  readonly forge: Forge;
  /** Commits files on top of a ref (or of `from`), and moves the ref there. Returns the commit's SHA. */
  commit(ref: RefName, files: Readonly<Record<string, string>>, from?: RefName): Promise<string>;
  /** Merges a ref into a branch with a merge commit. */
  merge(branch: RefName, ref: RefName): Promise<string>;
  /** Puts a tag with a message on what a ref names. Returns the commit's SHA. */
  tag(name: string, ref: RefName): Promise<string>;
  remove(ref: RefName): Promise<void>;
  dispose(): Promise<void>;
}

/** The contract's deeds, done as people do them on a forge: `refs/pull/N/head` is what a request shows. */
export function contractRemote(site: ForgeStandIn, forge: Forge): ForgeRemote {
  const numberOf = (ref: RefName) => Number(/^refs\/pull\/(\d+)\/head$/.exec(ref)?.[1] ?? 0);
  const short = (ref: RefName) => ref.replace('refs/heads/', '');
  return {
    forge,
    commit: async (ref, files, from) => {
      const number = numberOf(ref);
      if (number === 0) return site.push(short(ref), files, from === undefined ? undefined : short(from));
      const sha = await site.push(`change-${number}`, files, from === undefined ? undefined : short(from));
      if (!site.api.pulls.has(number)) await site.openPull({ branch: `change-${number}`, number });
      return sha;
    },
    merge: (_branch, ref) => site.mergePull(numberOf(ref)),
    tag: (name, ref) => site.remote.tag(name, ref),
    remove: (ref) => site.closePull(numberOf(ref)),
    dispose: () => site.dispose(),
  };
}

const MAIN = 'refs/heads/main';
const PULL = 'refs/pull/7/head';
const NOTHING: ReadonlyMap<RefName, string> = new Map();

/** What every forge must do: run it on each implementation. The default branch is `main`. */
export function forgeContract(name: string, make: () => Promise<ForgeRemote>): void {
  describe(`the forge contract: ${name}`, () => {
    let remote: ForgeRemote;
    beforeEach(async () => {
      remote = await make();
      await remote.commit(MAIN, { 'spack.yaml': 'spack: {specs: [zlib]}\n', 'docs/read me.md': 'one\ntwo\nthree\n' });
    });
    afterEach(() => remote.dispose());
    const look = (known: ReadonlyMap<RefName, string> = NOTHING) => remote.forge.poll(known);

    async function openPullRequest(files: Readonly<Record<string, string>>): Promise<PullRequest> {
      const { refs } = await look();
      await remote.commit(PULL, files, MAIN);
      return requestOf((await look(refs)).events);
    }

    test('the first poll reports of the default branch, and the next one of nothing', async () => {
      const first = await look();
      expect(first.events).toEqual([{ type: 'branch-pushed', branch: 'main', sha: first.refs.get(MAIN) }]);
      expect((await look(first.refs)).events).toEqual([]);
    });

    test('a push to the default branch names the commit before it', async () => {
      const { refs } = await look();
      const sha = await remote.commit(MAIN, { 'spack.yaml': 'spack: {specs: [bzip2]}\n' });
      expect((await look(refs)).events).toEqual([
        { type: 'branch-pushed', branch: 'main', sha, beforeSha: refs.get(MAIN) },
      ]);
    });

    test('the same known state gives the same events again', async () => {
      const { refs } = await look();
      await remote.commit(MAIN, { a: '1' });
      await remote.commit(PULL, { b: '1' }, MAIN);
      expect((await look(refs)).events).toEqual((await look(refs)).events);
    });

    test('a pull request is reported with its head and the tip of its base', async () => {
      const { refs } = await look();
      const headSha = await remote.commit(PULL, { 'spack.yaml': 'spack: {specs: [xz]}\n' }, MAIN);
      const { events } = await look(refs);
      expect(requestOf(events)).toMatchObject({ number: '7', headSha, baseBranch: 'main', baseSha: refs.get(MAIN) });
      expect(events).toHaveLength(1);
    });

    test('a base that moves under a pull request is no event of the request', async () => {
      await openPullRequest({ a: '1' });
      const { refs } = await look();
      await remote.commit(MAIN, { b: '1' });
      expect((await look(refs)).events.map((event) => event.type)).toEqual(['branch-pushed']);
    });

    test('a merged pull request is closed before the branch is reported, and is merged', async () => {
      await openPullRequest({ a: '1' });
      const { refs } = await look();
      const sha = await remote.merge(MAIN, PULL);
      expect((await look(refs)).events).toMatchObject([
        { type: 'pull-request-closed', number: '7', merged: true },
        { type: 'branch-pushed', branch: 'main', sha },
      ]);
    });

    test('a pull request that disappears unmerged is closed', async () => {
      await openPullRequest({ a: '1' });
      const { refs } = await look();
      await remote.remove(PULL);
      expect((await look(refs)).events).toEqual([{ type: 'pull-request-closed', number: '7', merged: false }]);
    });

    test('a tag with a message names the commit that it is on, and is reported as what it is itself', async () => {
      const { refs } = await look();
      const sha = await remote.tag('rev-1', MAIN);
      const next = await look(refs);
      const objectSha = next.refs.get('refs/tags/rev-1');
      expect(next.events).toEqual([{ type: 'tag-pushed', tag: 'rev-1', sha, objectSha }]);
      expect(objectSha).not.toBe(sha);
    });

    test('a merge for test has base and head as parents, and the same pair gives the same commit', async () => {
      const request = await openPullRequest({ new: 'file\n' });
      const merged = await remote.forge.mergeForTest(request);
      const sha = 'sha' in merged ? merged.sha : '';
      expect(await remote.forge.commit(sha)).toMatchObject({ parents: [request.baseSha, request.headSha] });
      expect((await remote.forge.readFile(sha, 'new'))?.toString()).toBe('file\n');
      expect(await remote.forge.mergeForTest(request)).toEqual(merged);
    });

    test('a merge for test takes in what the base got since', async () => {
      await openPullRequest({ a: '1' });
      const baseSha = await remote.commit(MAIN, { b: '2' });
      const { refs } = await look();
      const merged = await remote.forge.mergeForTest({ ...anyRequest, baseSha, headSha: refs.get(PULL) ?? '' });
      const sha = 'sha' in merged ? merged.sha : '';
      expect((await remote.forge.readFile(sha, 'a'))?.toString()).toBe('1');
      expect((await remote.forge.readFile(sha, 'b'))?.toString()).toBe('2');
    });

    test('a conflict names the files', async () => {
      const request = await openPullRequest({ 'docs/read me.md': 'one\nmine\nthree\n' });
      const baseSha = await remote.commit(MAIN, { 'docs/read me.md': 'one\nyours\nthree\n' });
      await look();
      expect(await remote.forge.mergeForTest({ ...request, baseSha })).toEqual({ conflict: 'docs/read me.md' });
    });

    test('a file that is not there is undefined, a commit that is not there is an error', async () => {
      const { refs } = await look();
      const sha = refs.get(MAIN) ?? '';
      expect(await remote.forge.readFile(sha, 'slipway.yaml')).toBeUndefined();
      expect(await remote.forge.readFile(sha, 'docs')).toBeUndefined();
      expect(await remote.forge.readFile(sha, 'slipway\0.yaml')).toBeUndefined();
      await expect(remote.forge.readFile('0'.repeat(40), 'a')).rejects.toMatchObject({ code: 'FORGE_COMMIT_MISSING' });
      await expect(remote.forge.commit('--all')).rejects.toMatchObject({ code: 'FORGE_COMMIT_MISSING' });
    });

    test('a commit kept for a pipeline outlives the ref that it came from', async () => {
      const request = await openPullRequest({ a: '1' });
      await remote.forge.keep('12', request.headSha);
      await remote.remove(PULL);
      await look();
      expect(await remote.forge.commit(request.headSha)).toMatchObject({ sha: request.headSha });
      await expect(remote.forge.keep('../main', request.headSha)).rejects.toMatchObject({ code: 'FORGE_REF_INVALID' });
    });

    test('a status can be posted twice', async () => {
      const { refs } = await look();
      const status = {
        sha: refs.get(MAIN) ?? '',
        context: 'slipway',
        state: 'pending',
        description: 'running',
      } as const;
      await remote.forge.post(status);
      await expect(remote.forge.post(status)).resolves.toBeUndefined();
    });
  });
}

const anyRequest: PullRequest = {
  number: '7',
  title: '',
  headSha: '',
  baseBranch: 'main',
  baseSha: '',
  fork: false,
  author: '',
};

function requestOf(events: readonly ForgeEvent[]): PullRequest {
  const found = events.find((event) => event.type === 'pull-request-updated');
  expect(found).toBeDefined();
  return (found as Extract<ForgeEvent, { type: 'pull-request-updated' }>).pullRequest;
}
