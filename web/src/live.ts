import { signal } from '@preact/signals';
import type { ServerEvent } from '../../src/protocol/index.ts';

export const connection = signal<'connecting' | 'live' | 'reconnecting'>('connecting');

/** `fresh` says that changes may have been missed: whatever was fetched must be fetched again. */
export type LiveMessage = ServerEvent | { readonly type: 'fresh' };

interface Watched {
  readonly stack?: string;
  readonly pipeline?: string;
  readonly job?: string;
}

const AGAIN_MS = 1000;
const kinds = ['pipeline', 'job', 'log', 'status', 'image', 'request'] as const;
const listeners = new Set<(message: LiveMessage) => void>();

let source: EventSource | undefined;
let watched: Watched = {};
let cursor: string | undefined;

export function startLive(): void {
  open();
}

export function onMessage(listener: (message: LiveMessage) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Narrows the stream to what the view shows; it goes on where it stood. */
export function watch(next: Watched): void {
  if (JSON.stringify(next) === JSON.stringify(watched)) return;
  watched = next;
  open();
}

function open(): void {
  source?.close();
  const query = new URLSearchParams(
    Object.entries(watched).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
  const isFirst = cursor === undefined;
  if (cursor !== undefined) query.set('after', cursor);
  const opened = new EventSource(`/api/v1/events?${query.toString()}`);
  source = opened;
  opened.addEventListener('hello', (event) => {
    cursor = event.lastEventId;
    const wasLost = connection.value === 'reconnecting';
    connection.value = 'live';
    // After a break the stream itself misses nothing, but what a view asked for meanwhile may have failed.
    if (isFirst || wasLost) tell({ type: 'fresh' });
  });
  opened.addEventListener('reset', (event) => {
    cursor = event.lastEventId;
    tell({ type: 'fresh' });
  });
  for (const kind of kinds) opened.addEventListener(kind, receive);
  opened.addEventListener('error', () => {
    connection.value = 'reconnecting';
    // A refused connection is tried again by the browser; an answer that is no stream (a proxy's 502) is not.
    if (opened.readyState === EventSource.CLOSED && source === opened)
      setTimeout(() => source === opened && open(), AGAIN_MS);
  });
}

function receive(event: MessageEvent<string>): void {
  if (event.lastEventId !== '') cursor = event.lastEventId;
  tell(JSON.parse(event.data) as ServerEvent);
}

function tell(message: LiveMessage): void {
  for (const listener of listeners) listener(message);
}
