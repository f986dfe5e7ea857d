import { describe, expect, test } from 'vitest';
import { reactTo, type Condition, type Observation } from './condition.ts';
import type { Destination } from './destination.ts';
import { eventKinds } from './event.ts';

const at = '2026-11-30T00:00:00.000Z';
const channel = { type: 'email', to: [], smtp: undefined as never } as const;
const destination = (name: string, more: Partial<Destination> = {}): Destination => ({
  name,
  events: eventKinds,
  digest: 0,
  channel,
  ...more,
});
const pipeline = (occasion: number, isBad: boolean): Observation => ({
  kind: 'pipeline',
  stack: 'lab',
  subject: 'main',
  isBad,
  occasion,
  text: 'zlib failed',
  url: 'http://x/1',
});
const runner = (isBad: boolean): Observation => ({ kind: 'runner', subject: 'r', isBad, text: '', url: '' });

/** Reacts to one observation after the other, and returns the events with their destinations. */
function reactions(seen: readonly Observation[], destinations = [destination('all')]): readonly string[] {
  let known: Condition | undefined;
  return seen.flatMap((one) => {
    const reaction = reactTo(known, one, { destinations, at });
    known = reaction?.condition ?? known;
    return reaction?.event === undefined ? [] : [`${reaction.event.type} to ${reaction.destinations.join(' ')}`];
  });
}

describe('a pipeline', () => {
  test('is reported when it fails, and when the next one succeeds', () => {
    expect(reactions([pipeline(1, true), pipeline(2, false)])).toEqual([
      'pipeline.failed to all',
      'pipeline.recovered to all',
    ]);
  });

  test('that succeeds is not reported without a failure before', () => {
    expect(reactions([pipeline(1, false), pipeline(2, false)])).toEqual([]);
  });

  test('is reported once, and each further one that fails as well', () => {
    const seen = [pipeline(1, true), pipeline(1, true), pipeline(2, true), pipeline(3, false), pipeline(4, false)];
    expect(reactions(seen)).toEqual(['pipeline.failed to all', 'pipeline.failed to all', 'pipeline.recovered to all']);
  });

  test('of an older commit changes nothing when it ends later', () => {
    expect(reactions([pipeline(2, true), pipeline(1, false)])).toEqual(['pipeline.failed to all']);
  });

  test('that succeeds after a retry has recovered', () => {
    expect(reactions([pipeline(1, true), pipeline(1, false)])).toHaveLength(2);
  });
});

describe('a destination', () => {
  test('gets the kinds of events and the stack that it wants, and what concerns every stack', () => {
    const destinations = [
      destination('runners', { events: ['runner'] }),
      destination('lab', { stack: 'lab' }),
      destination('other', { stack: 'other' }),
    ];
    expect(reactions([pipeline(1, true)], destinations)).toEqual(['pipeline.failed to lab']);
    expect(reactions([runner(false), runner(true)], destinations)).toEqual(['runner.failed to runners lab other']);
  });

  test('that was added after the failure gets no recovery', () => {
    const failed = reactTo(undefined, pipeline(1, true), { destinations: [destination('first')], at });
    const both = [destination('first'), destination('second')];
    const recovered = reactTo(failed?.condition, pipeline(2, false), { destinations: both, at });
    expect(recovered?.destinations).toEqual(['first']);
  });
});

test('a runner that was never in contact is not lost', () => {
  expect(reactions([runner(true)])).toEqual([]);
  expect(reactions([runner(false), runner(true), runner(true), runner(false)])).toEqual([
    'runner.failed to all',
    'runner.recovered to all',
  ]);
});

test('an event names its stack, its subject and the fact', () => {
  expect(reactTo(undefined, pipeline(1, true), { destinations: [destination('all')], at })?.event).toEqual({
    type: 'pipeline.failed',
    stack: 'lab',
    subject: 'main',
    title: 'lab: The pipeline of `main` failed',
    text: 'zlib failed',
    url: 'http://x/1',
    at,
  });
});
