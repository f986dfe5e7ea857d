import { describe, expect, onTestFinished, test } from 'vitest';
import { Secret } from '../kit/index.ts';
import { Database, createAccessLedger } from '../store/index.ts';
import { Access, type DeclaredToken } from './access.ts';
import { holds, type Principal } from './principal.ts';
import type { SignInProvider } from './sign-in.ts';

const provider: SignInProvider = {
  id: 'github',
  title: 'GitHub',
  namesActors: true,
  roles: [
    { scope: 'run', stacks: ['lab'], users: ['ada'], groups: [] },
    { scope: 'read', stacks: ['*'], users: [], groups: ['lab/readers'] },
  ],
  begin: async () => new URL('https://example.org'),
  finish: async () => ({ name: 'ada', groups: [] }),
};
const shared = new Secret('shared');
const declared: readonly DeclaredToken[] = [
  { name: 'of lab', token: shared, grant: { scope: 'approve', stacks: ['lab'] }, actor: 'ada' },
  { name: 'of other', token: shared, grant: { scope: 'approve', stacks: ['other'] } },
];

function open() {
  const database = new Database(':memory:');
  onTestFinished(() => database.close());
  const clock = { time: Date.parse('2026-01-01T00:00:00Z'), now: () => clock.time };
  const ledger = createAccessLedger(database);
  const access = new Access({ ledger, clock, declared, providers: [provider], sessionSeconds: 3600 });
  return { access, clock, database };
}

const request = { name: 'ci', scope: 'run', stacks: ['lab'], createdBy: 'a test', seconds: 100 } as const;
const can = (
  principal: Principal | undefined,
  ...words: Parameters<typeof holds> extends [unknown, ...infer R] ? R : never
) => principal !== undefined && holds(principal, ...words);

describe('an access token', () => {
  test('has its scope and those below, on its stacks', () => {
    const { access } = open();
    const principal = access.principalOfToken(access.createToken(request).token);
    expect(principal).toMatchObject({ kind: 'token', name: 'token ci' });
    expect([can(principal, 'read', 'lab'), can(principal, 'run', 'lab'), can(principal, 'approve', 'lab')]).toEqual([
      true,
      true,
      false,
    ]);
    expect([can(principal, 'read', 'other'), can(principal, 'read')]).toEqual([false, false]);
    const admin = access.principalOfToken(access.createToken({ ...request, scope: 'admin', stacks: ['*'] }).token);
    expect([can(admin, 'admin'), can(admin, 'run', 'any')]).toEqual([true, true]);
  });

  test('is stored as a digest alone', () => {
    const { access, database } = open();
    const { token } = access.createToken(request);
    const stored = JSON.stringify(database.all('SELECT * FROM access_tokens'));
    expect(stored).toContain('ci');
    expect(stored).not.toContain(token.slice('slipway_'.length));
  });

  test('ends when it expires, or at once when it is revoked', () => {
    const { access, clock } = open();
    const [first, second] = [access.createToken(request), access.createToken(request)];
    expect(access.revokeToken(first.record.id).revokedAt).toBe('2026-01-01T00:00:00.000Z');
    expect(access.principalOfToken(first.token)).toBeUndefined();
    clock.time += 99_999;
    expect(access.principalOfToken(second.token)).toBeDefined();
    clock.time += 1;
    expect(access.principalOfToken(second.token)).toBeUndefined();
    expect(access.principalOfTokenId(second.record.id)).toBeUndefined();
    expect(() => access.revokeToken('99')).toThrow(expect.objectContaining({ code: 'ACCESS_TOKEN_UNKNOWN' }));
  });

  test('records its last use, once a minute', () => {
    const { access, clock } = open();
    const { token } = access.createToken({ ...request, seconds: 1000 });
    const used = () => access.tokens()[0]?.lastUsedAt;
    expect(used()).toBeUndefined();
    access.principalOfToken(token);
    clock.time += 59_000;
    access.principalOfToken(token);
    expect(used()).toBe('2026-01-01T00:00:00.000Z');
    clock.time += 1000;
    access.principalOfToken(token);
    expect(used()).toBe('2026-01-01T00:01:00.000Z');
  });

  test('that two stacks name opens both, and belongs to neither', () => {
    const principal = open().access.principalOfToken('shared');
    expect([can(principal, 'approve', 'lab'), can(principal, 'approve', 'other')]).toEqual([true, true]);
    expect(principal?.actor).toBeUndefined();
  });
});

describe('a session', () => {
  test('has what the roles give a person and their groups', () => {
    const { access, database } = open();
    const session = access.startSession(provider, { name: 'ada', groups: ['lab/readers'] });
    const principal = access.principalOfSession(session);
    expect(principal).toMatchObject({ kind: 'session', name: 'ada (github)', actor: 'ada' });
    expect([can(principal, 'run', 'lab'), can(principal, 'read', 'other'), can(principal, 'run', 'other')]).toEqual([
      true,
      true,
      false,
    ]);
    expect(JSON.stringify(database.all('SELECT * FROM sessions'))).not.toContain(session);
    expect(() => access.startSession(provider, { name: 'eve', groups: ['lab'] })).toThrow(
      expect.objectContaining({ code: 'ACCESS_NO_ROLE' }),
    );
  });

  test('of a token has its scope, and ends with it', () => {
    const { access } = open();
    const { token, record } = access.createToken(request);
    const session = access.startTokenSession(token) as string;
    expect(access.principalOfSession(session)).toMatchObject({ kind: 'session', name: 'token ci' });
    access.revokeToken(record.id);
    expect(access.principalOfSession(session)).toBeUndefined();
    expect(access.startTokenSession(token)).toBeUndefined();
  });

  test('ends with time, with signing out, and for all of a person', () => {
    const { access, clock } = open();
    const start = () => access.startSession(provider, { name: 'ada', groups: [] });
    const [one, two, three] = [start(), start(), start()];
    access.endSession(one);
    expect([access.principalOfSession(one), access.principalOfSession(two) !== undefined]).toEqual([undefined, true]);
    expect(access.endSessionsOf('ada')).toBe(2);
    expect(access.principalOfSession(three)).toBeUndefined();
    const last = start();
    clock.time += 3_600_000;
    expect(access.principalOfSession(last)).toBeUndefined();
  });
});
