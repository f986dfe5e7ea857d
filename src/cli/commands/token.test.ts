import { describe, expect, onTestFinished, test } from 'vitest';
import { collectedTerminal } from '../../../test/support/collected-terminal.ts';
import { openLab, type Lab } from '../../../test/support/coordinator.ts';
import { serveLab } from '../../../test/support/lab-gateway.ts';
import type { CreatedToken, TokenView } from '../../protocol/index.ts';
import { readAudit } from '../../audit/index.ts';
import { main } from '../main.ts';

async function run(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { terminal, stdout, stderr } = collectedTerminal();
  const context = { env, cwd: '/', terminal, signal: new AbortController().signal };
  const status = await main(['token', ...words], context);
  return { status, stdout: stdout(), stderr: stderr() };
}

const listed = async (...words: readonly string[]) =>
  (JSON.parse((await run(['list', '--json', ...words])).stdout) as { tokens: readonly TokenView[] }).tokens;

async function served(): Promise<{ lab: Lab; url: string; read(token: string): Promise<number> }> {
  const lab = await openLab({ stack: { private: true } });
  const gateway = await serveLab(lab);
  onTestFinished(() => gateway.close());
  const read = async (token: string) => {
    const headers = { authorization: `Bearer ${token}` };
    return (await fetch(`${gateway.url}/api/v1/stacks/lab`, { headers })).status;
  };
  return { lab, url: gateway.url, read };
}

describe('slipway token, in the data folder of a server that runs', () => {
  test('creates a token that counts at once, and revokes it', async () => {
    const { lab, read } = await served();
    const at = ['--data', lab.folder.root];
    const { status, stdout, stderr } = await run(['create', '--name', 'ci', '--stack', 'lab', '--days', '1827', ...at]);
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^slipway_[\w-]{43}\n$/)]);
    expect(stderr).toMatch(/Token 1: read on lab, expires .*, never used\. It is not shown again\./);
    expect(stderr).toMatch(/AWS_ACCESS_KEY_ID=SLWT000000000001/);
    expect(await read(stdout.trim())).toBe(200);
    expect(await run(['revoke', '1', ...at])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('Revoke token 1? [CLI_UNCONFIRMED]\nhint: Add `--yes`') as string,
    });
    expect(await listed(...at)).toMatchObject([{ id: '1', name: 'ci', scope: 'read', lastUsedAt: expect.any(String) }]);
    expect((await run(['revoke', '1', '--yes', ...at])).stdout).toMatch(/^1 {2}ci {2}read on lab, revoked /);
    expect(await read(stdout.trim())).toBe(401);
    expect((await run(['revoke', '7', '--yes', ...at])).stderr).toContain('ACCESS_TOKEN_UNKNOWN');
    await run(['revoke', '--sessions-of', 'ada', '--yes', ...at]);
    const details = { name: 'ci', scope: 'read', stacks: 'lab' };
    const by = { who: expect.stringMatching(/^user:/), from: 'command line' };
    expect([...readAudit(lab.folder.audit, { who: 'user:*' })]).toMatchObject([
      { ...by, action: 'token.create', on: 'token 1', outcome: 'done', details },
      { ...by, action: 'token.revoke', on: 'token 1', outcome: 'done', details },
      { ...by, action: 'token.revoke', on: 'token 7', outcome: 'failed', reason: expect.stringContaining('UNKNOWN') },
      { ...by, action: 'session.end', on: 'ada', outcome: 'done' },
    ]);
  });

  test('asks for its stacks, a scope that exists, and a folder with data', async () => {
    expect((await run(['create', '--name', 'ci'])).stderr).toContain('--stack NAME, or --all-stacks');
    expect((await run(['create', '--name', 'ci', '--all-stacks', '--scope', 'root'])).status).toBe(2);
    expect((await run(['create', '--name', 'ci', '--all-stacks', '--days', 'x'])).status).toBe(2);
    expect((await run(['list', '--data', '/nowhere'])).stderr).toContain('STORE_NO_DATA');
    expect((await run(['revoke'])).stderr).toContain('--sessions-of');
  });
});

describe('slipway token, at a server', () => {
  test('takes a token with the scope admin on all stacks', async () => {
    const { lab, url, read } = await served();
    const all = ['create', '--name', 'root', '--all-stacks', '--json', '--days', '1827', '--data', lab.folder.root];
    const [admin, other] = await Promise.all(
      ['admin', 'approve'].map(async (scope) => {
        const { stdout } = await run([...all, '--scope', scope]);
        return (JSON.parse(stdout) as CreatedToken).token;
      }),
    );
    const create = ['create', '--name', 'ci', '--stack', 'lab', '--url', url, '--json'];
    const { stdout } = await run(create, { SLIPWAY_TOKEN: admin as string });
    const created = JSON.parse(stdout) as CreatedToken;
    expect(created).toMatchObject({ name: 'ci', createdBy: 'token root', stacks: ['lab'] });
    expect(await read(created.token)).toBe(200);
    expect((await run(create, { SLIPWAY_TOKEN: other as string })).stderr).toContain('SERVER_SCOPE_MISSING');
    expect((await run(create)).stderr).toContain('SERVER_SIGN_IN_NEEDED');
    await run(['revoke', created.id, '--yes', '--url', url], { SLIPWAY_TOKEN: admin as string });
    expect(await read(created.token)).toBe(401);
    const sessions = await run(['revoke', '--sessions-of', 'ada', '--yes', '--url', url], {
      SLIPWAY_TOKEN: admin as string,
    });
    expect(sessions.stdout).toBe('0 sessions of ada ended\n');
  });
});
