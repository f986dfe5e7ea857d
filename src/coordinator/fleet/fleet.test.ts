import { describe, expect, test } from 'vitest';
import { RegistrationRequest, RunnerRequest } from '../../protocol/index.ts';
import { Database, createRunnerLedger } from '../../store/index.ts';
import { RunnerRegistry } from './runner-registry.ts';
import { ServerConfiguration } from '../configuration/server-configuration.ts';
import { Fleet } from './fleet.ts';

const hour = 3600 * 1000;
const configuration = ServerConfiguration.parse({
  stacks: [{ name: 'lab', remote: '/remote.git' }],
  runners: [{ name: 'own', embedded: true }],
});
const own = {
  id: 1,
  name: 'own',
  token: 'glrt-own',
  concurrency: 1,
  tags: [],
  runUntagged: true,
  protectedOnly: false,
};
const runner = (settings: object = {}) => RunnerRequest.parse({ name: 'north', ...settings });
const registered = RegistrationRequest.parse({ stacks: ['lab'], days: 1 });

/** A store that two processes have open: one changes the runners, and the other one, a server, uses them. */
function open() {
  const ledger = createRunnerLedger(new Database(':memory:'));
  let now = Date.parse('2026-11-30T00:00:00Z');
  const clock = { now: () => now };
  const registry = new RunnerRegistry([{ ...own, untrusted: false }], clock, ledger);
  const fleet = new Fleet({ ledger, clock, configuration });
  return { ledger, registry, fleet, pass: (milliseconds: number) => (now += milliseconds) };
}

describe('a runner that is created while the server runs', () => {
  test('is known by its token from the next request on, paused and resumed, until it is removed', () => {
    const { registry, fleet } = open();
    expect(registry.authenticate('glrt-own')?.name).toBe('own');
    const { token, runner: created } = fleet.create(runner({ tags: ['arm'], concurrency: 3 }), 'root');
    expect(token).toMatch(/^glrt-[0-9a-f]{40}$/);
    expect(registry.authenticate(token)).toMatchObject({ id: 1001, name: 'north', tags: ['arm'], concurrency: 3 });
    expect(fleet.setPaused('1001', true).paused).toBe(true);
    expect(registry.authenticate(token)?.paused).toBe(true);
    fleet.setPaused('1001', false);
    expect(registry.named('north')?.paused).toBe(false);
    fleet.remove(String(created.id));
    expect(registry.authenticate(token)).toBeUndefined();
    expect(registry.all().map((one) => one.runner.name)).toEqual(['own']);
  });

  test('has a name that no other has or had', () => {
    const { fleet } = open();
    const { runner: created } = fleet.create(runner(), 'root');
    expect(() => fleet.create(runner(), 'root')).toThrow('another runner with the name `north`');
    expect(() => fleet.create(runner({ name: 'own' }), 'root')).toThrow('another runner with the name `own`');
    fleet.remove(String(created.id));
    expect(() => fleet.create(runner(), 'root')).toThrow('another runner with the name `north`');
  });

  test('takes forks only if it isolates its jobs, and is trusted only then', () => {
    const { registry, fleet } = open();
    fleet.create(runner({ name: 'shell' }), 'root');
    expect(registry.takesUntrusted('lab')).toBe(false);
    fleet.create(runner({ name: 'guarded', sandbox: true, protectedOnly: true }), 'root');
    expect(registry.takesUntrusted('lab')).toBe(false);
    fleet.create(runner({ name: 'podman', sandbox: true, trusted: true }), 'root');
    expect(registry.takesUntrusted('lab')).toBe(true);
    expect(() => fleet.create(runner({ trusted: true }), 'root')).toThrow('does not isolate its jobs');
  });

  test('may be for some stacks, which must exist', () => {
    const { registry, fleet } = open();
    fleet.create(runner({ stacks: ['lab'], tags: ['arm'] }), 'root');
    const job = { kind: 'script', tags: ['arm'] } as const;
    expect(registry.takers({ trust: 'protected', stack: 'lab' }, job).map(({ name }) => name)).toEqual(['north']);
    expect(registry.takers({ trust: 'protected', stack: 'other' }, job)).toEqual([]);
    expect(() => fleet.create(runner({ name: 'west', stacks: ['labb'] }), 'root')).toThrow('no stack `labb`');
  });

  test('is changed from its next request on, within what a new one may be', () => {
    const { registry, fleet } = open();
    const { token } = fleet.create(runner({ tags: ['arm'], maximumTimeout: 60, note: 'rack 3' }), 'root');
    fleet.edit('1001', { tags: ['x86_64'], runUntagged: false, maximumTimeout: null, sandbox: true });
    const changed = { name: 'north', tags: ['x86_64'], runUntagged: false, untrusted: true, maximumTimeout: undefined };
    expect(registry.authenticate(token)).toMatchObject(changed);
    expect(registry.named('north')?.record).toMatchObject({ note: 'rack 3', createdBy: 'root' });
    expect(() => fleet.edit('1001', { tags: [] })).toThrow('would take no job');
    expect(() => fleet.edit('1001', { trusted: true, sandbox: false })).toThrow('does not isolate its jobs');
    expect(() => fleet.edit('1001', { stacks: ['labb'] })).toThrow('no stack `labb`');
    expect(registry.named('north')).toMatchObject(changed);
  });

  test('is not one of the configuration, which commands do not change', () => {
    const { fleet } = open();
    expect(() => fleet.setPaused('1', true)).toThrow('Runner `own` belongs to the configuration');
    expect(() => fleet.edit('1', {})).toThrow('Runner `own` belongs to the configuration');
    expect(() => fleet.remove('1007')).toThrow('There is no runner `1007`');
  });
});

describe('the token of a runner', () => {
  test('counts for another hour once it has a new one, but not for the next rotation', () => {
    const { registry, fleet, pass } = open();
    const first = fleet.create(runner(), 'root').token;
    const second = fleet.reset(first)?.token ?? '';
    expect([first, second].map((token) => registry.authenticate(token)?.name)).toEqual(['north', 'north']);
    expect(fleet.reset(first)).toBeUndefined();
    pass(hour);
    expect([first, second].map((token) => registry.authenticate(token)?.name)).toEqual([undefined, 'north']);
  });

  test('is refused at once if it is to be', () => {
    const { registry, fleet } = open();
    const { token, runner: created } = fleet.create(runner(), 'root');
    const renewed = fleet.rotate(String(created.id), { now: true });
    expect(registry.authenticate(token)).toBeUndefined();
    expect(registry.authenticate(renewed.token)?.name).toBe('north');
  });

  test('expires after its days, and each new one counts as long again', () => {
    const { registry, fleet, pass } = open();
    const { token, expiresAt } = fleet.create(runner({ tokenDays: 2 }), 'root');
    expect(expiresAt).toBe('2026-12-02T00:00:00.000Z');
    pass(24 * hour);
    const renewed = fleet.reset(token);
    expect(renewed?.expiresAt).toBe('2026-12-03T00:00:00.000Z');
    pass(48 * hour);
    expect(registry.authenticate(renewed?.token ?? '')).toBeUndefined();
    expect(fleet.reset(renewed?.token ?? '')).toBeUndefined();
    expect(registry.all().find((one) => one.runner.name === 'north')?.isRegistered).toBe(false);
    const { token: last } = fleet.rotate('1001', { now: false });
    expect(registry.authenticate(last)?.name).toBe('north');
  });
});

describe('registration', () => {
  test('is off until it is allowed, and ends with its days or by command', () => {
    const { fleet, pass } = open();
    expect(() => fleet.registration('x')).toThrow('cannot register themselves');
    const first = fleet.allowRegistration(registered, 'root').token;
    expect(fleet.registration('x')).toBeUndefined();
    const second = fleet.allowRegistration(registered, 'root').token;
    expect(fleet.registration(first)).toBeUndefined();
    expect(fleet.registration(second)).toMatchObject({ stacks: ['lab'], sandbox: false });
    pass(24 * hour);
    expect(() => fleet.registration(second)).toThrow('cannot register themselves');
    fleet.allowRegistration(registered, 'root');
    fleet.endRegistration();
    expect(() => fleet.registration(second)).toThrow('cannot register themselves');
  });

  test('creates runners within what the token allows, each with a name of its own', () => {
    const { fleet } = open();
    const registration = fleet.registration(fleet.allowRegistration(registered, 'root').token)!;
    const asked = runner({ sandbox: true, trusted: true, stacks: ['*'] });
    const made = [fleet.register(registration, asked), fleet.register(registration, asked)];
    expect(made.map(({ runner: one }) => [one.name, one.stacks, one.untrusted, one.trusted])).toEqual([
      ['north', ['lab'], false, false],
      ['north 2', ['lab'], false, false],
    ]);
    // `gitlab-runner unregister` would remove no runner whose token has the prefix.
    expect(made[0]?.token).toMatch(/^[0-9a-f]{40}$/);
  });
});
