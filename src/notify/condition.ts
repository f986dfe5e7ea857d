import type { Destination } from './destination.ts';
import type { EventKind, NotifiedEvent } from './event.ts';

/** An observation of a subject that can fail. */
export interface Observation {
  readonly kind: EventKind;
  /** Absent for runners, which serve all stacks. */
  readonly stack?: string;
  readonly subject: string;
  readonly isBad: boolean;
  /** Number of the pipeline or publication: later ones have higher numbers. */
  readonly occasion?: number;
  readonly text: string;
  readonly url: string;
}

/** The last observation of a subject, and the destinations that know of its failure. */
export interface Condition extends Pick<Observation, 'kind' | 'stack' | 'subject' | 'isBad' | 'occasion'> {
  /** Names of the destinations that its failure was reported to. */
  readonly reportedTo: readonly string[];
}

interface Reaction {
  readonly condition: Condition;
  readonly event?: NotifiedEvent;
  /** Names of the destinations that get the event. */
  readonly destinations: readonly string[];
}

/**
 * Decides what follows from an observation: undefined if it is older than the known condition, or equal to it. Each
 * failure is reported once for each pipeline or publication. Its end is reported only to destinations of the failure.
 */
export function reactTo(
  known: Condition | undefined,
  seen: Observation,
  { destinations, at }: { readonly destinations: readonly Destination[]; readonly at: string },
): Reaction | undefined {
  const { kind, stack, subject, isBad, occasion } = seen;
  const isOlder = occasion !== undefined && known?.occasion !== undefined && occasion < known.occasion;
  // A runner that was never in contact cannot be lost.
  if (isOlder || (kind === 'runner' && isBad && known === undefined)) return undefined;
  if (known?.isBad === isBad && known.occasion === occasion) return undefined;
  const earlier = known?.isBad === true ? known.reportedTo : [];
  const wanting = destinations.filter((one) => wants(one, seen)).map(({ name }) => name);
  const recipients = isBad ? wanting : wanting.filter((name) => earlier.includes(name));
  const reportedTo = isBad ? [...new Set([...earlier, ...recipients])] : [];
  return {
    condition: { kind, stack, subject, isBad, occasion, reportedTo },
    ...(recipients.length === 0 ? {} : { event: eventOf(seen, at) }),
    destinations: recipients,
  };
}

/** Destinations of a stack get the events of that stack, and those that concern every stack. */
export function wants(
  { events, stack: own }: Destination,
  { kind, stack }: Pick<Observation, 'kind' | 'stack'>,
): boolean {
  return events.includes(kind) && (own === undefined || stack === undefined || own === stack);
}

const TITLES: Readonly<Record<EventKind, readonly [failed: string, recovered: string]>> = {
  pipeline: ['The pipeline of `{subject}` failed', 'The pipeline of `{subject}` succeeds again'],
  publication: ['`{subject}` was not published', '`{subject}` is published'],
  runner: ['Runner `{subject}` is lost', 'Runner `{subject}` is in contact again'],
  mirror: ['The mirror is faulty', 'The mirror is in order again'],
};

function eventOf({ kind, stack, subject, isBad, text, url }: Observation, at: string): NotifiedEvent {
  const fact = TITLES[kind][isBad ? 0 : 1].replace('{subject}', () => subject);
  return {
    type: `${kind}.${isBad ? 'failed' : 'recovered'}`,
    ...(stack === undefined ? {} : { stack }),
    subject,
    title: stack === undefined ? fact : `${stack}: ${fact}`,
    text,
    url,
    at,
  };
}
