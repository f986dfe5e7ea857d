import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sandboxAvailable } from '../../src/executor/index.ts';
import { forkLab, type ForkLab } from '../support/fork-lab.ts';

const canRun = await sandboxAvailable();
if (!canRun) process.stderr.write('skipped: pull requests from forks need a sandbox\n');

const recipe = {
  'spack.yaml': 'spack:\n  specs: [gauge]\n  view: false\n',
  'recipes/gauge.yaml':
    'name: gauge\nversion: "1.0"\ninstall: mkdir -p "$PREFIX/bin" && echo 7 > "$PREFIX/bin/gauge"\n',
};
const FORK = 'refs/pull/7/head';

describe.skipIf(!canRun)('a pull request from a fork', () => {
  let lab: ForkLab;
  beforeEach(async () => {
    lab = await forkLab();
    await lab.remote.commit('refs/heads/main', { 'README.md': 'A stack\n' });
    lab.server.wake('lab');
  });
  afterEach(() => lab.close());

  async function push(ref: string, files: Readonly<Record<string, string>>): Promise<string> {
    const head = await lab.remote.commit(ref, files, 'refs/heads/main');
    lab.server.wake('lab');
    return head;
  }
  const approve = (sha: string) => lab.post('requests/7/approve', { sha });
  const pipelines = () => lab.server.coordinator.context.pipelines.list({ stack: 'lab', request: '7' });

  test('is held whatever its own policy says, until a person approves that very head', async () => {
    const first = await push(FORK, { ...recipe, 'slipway.yaml': 'forks: run\n' });
    expect(await lab.until(() => lab.status(first))).toBe(
      'pending: Held, from a fork. A maintainer can review and approve it: follow the link',
    );
    expect(await lab.post('requests/7/approve', { sha: first }, 'wrong')).toMatchObject({ status: 401 });
    const second = await push(FORK, { ...recipe, 'slipway.yaml': 'forks: run\n', more: 'text' });
    await lab.until(() => lab.status(second));
    expect(await approve(first)).toMatchObject({ status: 409, body: { code: 'REQUEST_MOVED' } });
    expect(pipelines()).toEqual([]);
    expect(await approve(second)).toMatchObject({ status: 201, body: { trust: 'untrusted', ref: 'pull/7' } });
    expect(await approve(second)).toMatchObject({ status: 201 });
    expect(await lab.finished(second)).toMatchObject({ status: 'success' });
    expect(pipelines()).toHaveLength(1);
    const remains = await lab.remains();
    expect(remains).toContain('gauge-1.0-');
    // The builder's own namespace works inside of the sandbox's.
    expect(remains).not.toContain('no namespaces on this machine');
    expect(remains).toContain('gauge@1.0: install');
    const third = await push(FORK, { ...recipe, more: 'other text' });
    expect(await lab.until(() => lab.status(third))).toMatch(/^pending: Held/);
  });

  test('runs at once where the base branch says so', async () => {
    await push('refs/heads/main', { 'slipway.yaml': 'forks: run\n' });
    const head = await push(FORK, recipe);
    expect(await lab.finished(head)).toMatchObject({ status: 'success', trust: 'untrusted' });
  });
});
