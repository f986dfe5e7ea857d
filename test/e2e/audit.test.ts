import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifyAudit } from '../../src/audit/index.ts';
import { main } from '../../src/cli/main.ts';
import type { AuditPage, AuditRecord } from '../../src/protocol/index.ts';
import { collectedTerminal } from '../support/collected-terminal.ts';
import { forkLab, labToken, type ForkLab } from '../support/fork-lab.ts';

const pipeline = `
hello: { script: ['test -n "$PROTECTED_SECRET" && echo hello'] }
later: { script: [echo later], when: manual }
`;

describe('the audit log of a server', () => {
  let lab: ForkLab;
  let id = '';
  let token = '';
  beforeAll(async () => {
    lab = await forkLab({ events: { pushes: false, pullRequests: false } }, { sandbox: 'never' });
    await lab.remote.commit('refs/heads/main', { '.gitlab-ci.yml': pipeline });
    id = (await lab.post('trigger', { ref: 'main', variables: { MARK: 'a private value' } })).body['id'] ?? '';
    const reader = ['--name', 'auditor', '--scope', 'approve', '--all-stacks'];
    token = (await slipway('token', 'create', '--data', lab.data, ...reader)).stdout.trim();
  });
  afterAll(() => lab.close());

  async function slipway(...words: readonly string[]) {
    const { terminal, stdout, stderr } = collectedTerminal();
    const env = { SLIPWAY_TOKEN: labToken, SLIPWAY_URL: lab.server.url };
    const context = { env, cwd: lab.data, terminal, signal: new AbortController().signal };
    return { status: await main(words, context), stdout: stdout(), stderr: stderr() };
  }
  const ask = (path: string) =>
    fetch(`${lab.server.url}/api/v1/audit${path}`, { headers: { authorization: `Bearer ${token}` } });
  const read = async (query = ''): Promise<readonly AuditRecord[]> =>
    ((await (await ask(`?${query}`)).json()) as AuditPage).records;

  test('has the start of the server with the digest of its configuration', async () => {
    expect(await read('action=server.*')).toMatchObject([
      {
        who: 'server',
        action: 'server.start',
        outcome: 'done',
        details: { configuration: expect.stringMatching(/^[0-9a-f]{64}$/) },
      },
    ]);
  });

  test('has actions with who, from where, on what, and their refusals with the reason', async () => {
    expect((await slipway('play', 'later', '--pipeline', id)).status).toBe(0);
    expect((await slipway('play', 'later', '--pipeline', id)).status).toBe(1);
    const [refused, done] = await read('action=job.play');
    expect(done).toMatchObject({
      who: 'token:lab',
      from: '127.0.0.1',
      stack: 'lab',
      on: `job \`later\` of pipeline ${id}`,
      outcome: 'done',
    });
    expect(refused).toMatchObject({ outcome: 'refused', reason: expect.stringContaining('JOB_ACTION_REFUSED') });
    expect(await read('action=pipeline.trigger')).toMatchObject([
      { on: 'branch main', outcome: 'done', details: { pipeline: id, variables: 'MARK' } },
    ]);
  });

  test('has who is not who they say they are', async () => {
    const headers = { authorization: 'Bearer not-the-token' };
    await fetch(`${lab.server.url}/api/v1/pipelines/${id}/cancel`, { method: 'POST', headers });
    expect((await read('action=pipeline.cancel'))[0]).toMatchObject({
      who: 'anonymous',
      from: '127.0.0.1',
      on: `pipeline ${id}`,
      outcome: 'refused',
      reason: expect.stringContaining('SERVER_TOKEN_WRONG'),
    });
    await fetch(`${lab.server.url}/hooks/git/lab`, { method: 'POST', headers, body: '{}' });
    await fetch(`${lab.server.url}/v2/lab/stack/blobs/uploads/`, { method: 'POST' });
    expect((await read('who=anonymous')).map(({ action }) => action)).toEqual(
      expect.arrayContaining(['hook.git', 'registry.push', 'pipeline.cancel']),
    );
  });

  test('has which runner got which secrets, by their names', async () => {
    await lab.until(() => lab.server.coordinator.context.pipelines.latestRun(id, 'hello')?.status === 'success');
    expect((await read('action=job.assign')).at(-1)).toMatchObject({
      who: 'runner:embedded',
      outcome: 'done',
      details: { name: 'hello', trust: 'protected', secrets: expect.stringContaining('PROTECTED_SECRET') },
    });
  });

  test('is exported, and printed without a server', async () => {
    const csv = await (await ask('/export?format=csv&action=job.play')).text();
    expect(csv.trimEnd().split('\r\n')).toHaveLength(3);
    const { stdout } = await slipway('audit', '--data', lab.data, '--action', 'job.play', '--outcome', 'done');
    expect(stdout).toMatch(
      /^\S+Z done job\.play {2}lab job `later` of pipeline \d+ {2}by token:lab \(127\.0\.0\.1\)\n$/,
    );
    expect((await slipway('audit', '--data', lab.data, '--json')).stdout).toContain('"action":"server.start"');
    expect(await slipway('audit', '--data', join(lab.data, 'none'))).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('AUDIT_NONE'),
    });
  });

  test('is one chain after a restart, has no value of a secret, and a changed line is found', async () => {
    await lab.restart();
    expect((await read('action=server.*')).map(({ action }) => action)).toEqual([
      'server.start',
      'server.stop',
      'server.start',
    ]);
    const [file = ''] = (await readdir(join(lab.data, 'audit'))).filter((name) => name.endsWith('.jsonl'));
    const text = await readFile(join(lab.data, 'audit', file), 'utf8');
    for (const value of [...Object.values(await lab.secrets()), 'a private value', 'not-the-token'])
      expect(text).not.toContain(value);
    const { head, records } = verifyAudit(join(lab.data, 'audit'));
    expect((await slipway('audit', '--data', lab.data, '--verify', '--head', head)).stdout).toContain(
      `${records} records`,
    );
  });
});
