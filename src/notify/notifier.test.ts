import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { silentLogger } from '../../test/support/silent-logger.ts';
import { Database, createNotificationLedger } from '../store/index.ts';
import type { Observation } from './condition.ts';
import type { Destination } from './destination.ts';
import { notifyError } from './errors.ts';
import { eventKinds, type Message } from './event.ts';
import { Notifier } from './notifier.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const channel = { type: 'email', to: [], smtp: undefined as never } as const;
const team: Destination = { name: 'team', events: eventKinds, digest: 0, channel };
const failure = (occasion: number, subject = 'main', isBad = true): Observation => ({
  kind: 'pipeline',
  stack: 'lab',
  subject,
  isBad,
  occasion,
  text: 'zlib failed',
  url: `http://x/${occasion}`,
});

/** A notifier with a clock of its own: timers are due when the time is set forward. */
class Bench {
  readonly ledger = createNotificationLedger(new Database(':memory:'));
  readonly sent: (Message & { readonly to: string })[] = [];
  now = Date.parse('2026-11-30T12:00:00Z');
  /** Whether the next delivery arrives, and whether its answer does. */
  outcome: (destination: string) => 'done' | 'refused' | 'unreachable' | 'answer lost' = () => 'done';
  #timers: { due: number; callback: () => void }[] = [];
  notifier: Notifier;
  readonly #destinations: readonly Destination[];

  constructor(...destinations: readonly Destination[]) {
    this.#destinations = destinations;
    this.notifier = this.#open();
  }

  #open(): Notifier {
    return new Notifier({
      ledger: this.ledger,
      destinations: this.#destinations,
      clock: { now: () => this.now },
      timer: (milliseconds, callback) => {
        const timer = { due: this.now + milliseconds, callback };
        this.#timers.push(timer);
        return () => void (this.#timers = this.#timers.filter((one) => one !== timer));
      },
      log: silentLogger,
      redact: (text) => text.replaceAll('hunter2', '[MASKED]'),
      send: async ({ name: to }, message) => {
        const outcome = this.outcome(to);
        if (outcome === 'done' || outcome === 'answer lost') this.sent.push({ to, ...message });
        const details = { destination: to, answer: '400', status: 400, reason: 'hunter2 times out' };
        if (outcome === 'refused') throw notifyError('NOTIFICATION_REFUSED', details);
        if (outcome !== 'done') throw notifyError('NOTIFICATION_UNREACHABLE', details);
      },
    });
  }

  /** The process ends without warning, and another one starts. */
  restart(): void {
    this.#timers = [];
    this.notifier = this.#open();
    this.notifier.start();
  }

  async settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  }

  async pass(milliseconds: number): Promise<void> {
    const end = this.now + milliseconds;
    await this.settle();
    for (;;) {
      const [next] = this.#timers.toSorted((one, other) => one.due - other.due);
      if (next === undefined || next.due > end) break;
      this.now = Math.max(this.now, next.due);
      this.#timers = this.#timers.filter((one) => one !== next);
      next.callback();
      await this.settle();
    }
    this.now = end;
  }
}

const subjects = (message: Message | undefined) => message?.events.map(({ url }) => url.slice(9));

describe('a notifier', () => {
  test('sends each event at once, without secrets', async () => {
    const bench = new Bench(team);
    bench.notifier.observe([{ ...failure(1), text: 'password hunter2 refused' }]);
    await bench.settle();
    expect(bench.sent).toMatchObject([{ to: 'team', events: [{ text: 'password [MASKED] refused' }] }]);
    expect(bench.ledger.state('team')).toMatchObject({ waiting: 0, attempts: 0 });
  });

  test('collects what happens within the time of a digest', async () => {
    const bench = new Bench({ ...team, digest: HOUR });
    bench.notifier.observe([failure(1)]);
    await bench.pass(30 * MINUTE);
    bench.notifier.observe([failure(2)]);
    await bench.pass(29 * MINUTE);
    expect(bench.sent).toEqual([]);
    await bench.pass(MINUTE);
    bench.notifier.observe([failure(3)]);
    await bench.pass(HOUR);
    expect(bench.sent.map(subjects)).toEqual([['1', '2'], ['3']]);
  });

  test('sends nothing in quiet hours, and one message afterwards', async () => {
    const quiet = { from: '13:00', to: '15:00', timeZone: 'UTC', days: [] } as const;
    const bench = new Bench({ ...team, quiet }, { ...team, name: 'always' });
    await bench.pass(HOUR);
    bench.notifier.observe([failure(1)]);
    await bench.pass(HOUR);
    bench.notifier.observe([failure(2), failure(3, 'release')]);
    await bench.pass(HOUR - 1);
    expect(bench.sent.map(({ to }) => to)).toEqual(['always', 'always']);
    await bench.pass(1);
    expect(subjects(bench.sent.at(-1))).toEqual(['1', '2', '3']);
  });

  test('tries again ever more rarely, with the same id, and reports once that a destination fails for long', async () => {
    const bench = new Bench(team);
    bench.outcome = () => 'answer lost';
    bench.notifier.observe([failure(1)]);
    await bench.pass(6 * HOUR);
    expect(bench.sent.length).toBeGreaterThan(8);
    expect(bench.sent.length).toBeLessThan(16);
    expect(new Set(bench.sent.map(({ id }) => id)).size).toBe(1);
    const state = bench.ledger.state('team');
    expect(state).toMatchObject({ waiting: 1, isReported: true, failingSince: '2026-11-30T12:00:00.000Z' });
    expect(state.problem).toContain('[MASKED] times out');
    bench.outcome = () => 'done';
    await bench.pass(HOUR);
    expect(bench.ledger.state('team')).toEqual({ waiting: 0, attempts: 0, isReported: false });
  });

  test('gives up a message that is refused for what it says, and goes on with the next', async () => {
    const bench = new Bench(team);
    bench.outcome = () => 'refused';
    bench.notifier.observe([failure(1)]);
    await bench.pass(30 * MINUTE);
    bench.notifier.observe([failure(2)]);
    await bench.pass(3 * HOUR);
    expect(bench.ledger.state('team').waiting).toBe(0);
    bench.outcome = () => 'done';
    bench.notifier.observe([failure(3)]);
    await bench.pass(HOUR);
    expect(bench.sent.map(subjects)).toEqual([['3']]);
  });

  test('forgets after a week what a destination never took', async () => {
    const bench = new Bench(team);
    bench.outcome = () => 'unreachable';
    bench.notifier.observe([failure(1)]);
    await bench.pass(8 * 24 * HOUR);
    bench.restart();
    expect(bench.ledger.state('team').waiting).toBe(0);
  });
});

const step = fc.oneof(
  fc.record({ type: fc.constant('observe' as const), subject: fc.constantFrom('a', 'b'), isBad: fc.boolean() }),
  fc.record({ type: fc.constant('pass' as const), minutes: fc.integer({ min: 0, max: 300 }) }),
  fc.record({ type: fc.constant('restart' as const) }),
  fc.record({
    type: fc.constant('network' as const),
    outcome: fc.constantFrom('done' as const, 'unreachable' as const, 'answer lost' as const),
    destination: fc.constantFrom('one', 'two'),
  }),
);

test('each event arrives at each destination, in order, and twice only with the same id', async () => {
  const quiet = { from: '02:00', to: '06:00', timeZone: 'UTC', days: [] } as const;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const bench = new Bench({ ...team, name: 'one' }, { ...team, name: 'two', digest: 20 * MINUTE, quiet });
      const outcomes: Record<string, 'done' | 'unreachable' | 'answer lost'> = { one: 'done', two: 'done' };
      bench.outcome = (to) => outcomes[to] ?? 'done';
      const expected: string[] = [];
      const isBad: Record<string, boolean> = {};
      let occasion = 0;
      for (const one of steps) {
        if (one.type === 'restart') bench.restart();
        if (one.type === 'network') outcomes[one.destination] = one.outcome;
        if (one.type === 'pass') await bench.pass(one.minutes * MINUTE);
        if (one.type !== 'observe') continue;
        occasion += 1;
        if (one.isBad || isBad[one.subject] === true) expected.push(String(occasion));
        isBad[one.subject] = one.isBad;
        bench.notifier.observe([failure(occasion, one.subject, one.isBad)]);
        await bench.settle();
      }
      outcomes['one'] = 'done';
      outcomes['two'] = 'done';
      await bench.pass(12 * HOUR);
      for (const name of ['one', 'two']) {
        const messages = new Map<string, Message>();
        for (const message of bench.sent.filter(({ to }) => to === name)) {
          // A message that is sent again has the same id and the same events.
          if (messages.has(message.id)) expect(message.events).toEqual(messages.get(message.id)?.events);
          messages.set(message.id, message);
        }
        expect([...messages.values()].flatMap((message) => subjects(message))).toEqual(expected);
        expect(bench.ledger.state(name).waiting).toBe(0);
      }
    }),
    { numRuns: 200 },
  );
});
