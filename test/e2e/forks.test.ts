import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sandboxAvailable } from '../../src/executor/index.ts';
import { forkLab, type ForkLab } from '../support/fork-lab.ts';
import { formsOf, hostileStack } from '../support/hostile-stack.ts';

const hasCurl = spawnSync('curl', ['--version']).status === 0;
const canRun = hasCurl && (await sandboxAvailable());
if (!canRun) process.stderr.write('skipped: attacks of forks need a sandbox and curl\n');

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

  function attack(): Readonly<Record<string, string>> {
    return hostileStack({ data: lab.data, others: [lab.outside], stack: 'lab' });
  }

  test('is held whatever its own policy says, until a person approves that very head', async () => {
    const first = await push(FORK, { ...recipe, 'slipway.yaml': 'forks: run\n' });
    expect(await lab.until(() => lab.status(first))).toBe(
      `pending: Held, from a fork. Run it: slipway approve --stack lab --request 7 --sha ${first}`,
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

  test('finds no secret, no key and no other prefix, whatever it prints', async () => {
    const head = await push(FORK, attack());
    await lab.until(() => lab.status(head));
    await approve(head);
    await lab.finished(head);
    const remains = await lab.remains();
    const secrets = await lab.secrets();
    const found = Object.keys(secrets).filter((what) =>
      formsOf(secrets[what] ?? '').some((form) => remains.includes(form)),
    );
    expect(found).toEqual([]);
    expect(remains).toMatch(/searched \d{4,} bytes/);
    expect(remains).toContain('is not in a mirror that this job may read');
    expect(remains).not.toContain('BEGIN PGP PRIVATE KEY');
  });

  // Without this the search above might find nothing because it does not search.
  test('would find them without a sandbox: the same files on a branch of the team', async () => {
    await lab.close();
    lab = await forkLab({}, { sandbox: 'never' });
    await lab.remote.commit('refs/heads/main', { 'README.md': 'A stack\n' });
    lab.server.wake('lab');
    const head = await push('refs/heads/team', attack());
    await lab.finished(head);
    const remains = await lab.remains();
    const secrets = await lab.secrets();
    for (const what of ['the server secret', "another process's environment", "another job's workspace"]) {
      expect(formsOf(secrets[what] ?? '').filter((form) => remains.includes(form)).length, what).toBeGreaterThan(1);
    }
  });
});
