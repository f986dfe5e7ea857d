import { signal } from '@preact/signals';
import type { ServerEvent } from '../../src/protocol/index.ts';

export const connection = signal<'connecting' | 'live' | 'reconnecting'>('connecting');

/** `fresh`: changes may have been missed, so whatever was loaded must be loaded again. */
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

export function onMessage(listener: (message: LiveMessage) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Narrows the stream to what the view shows. It continues from the last event. */
export function watch(next: Watched): void {
  if (JSON.stringify(next) === JSON.stringify(watched)) return;
  watched = next;
  connect();
}

export function connect(): void {
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
    // After an interruption the stream itself misses nothing, but requests of a view may have failed.
    if (isFirst || wasLost) notify({ type: 'fresh' });
  });
  opened.addEventListener('reset', (event) => {
    cursor = event.lastEventId;
    notify({ type: 'fresh' });
  });
  for (const kind of kinds) opened.addEventListener(kind, receive);
  opened.addEventListener('error', () => {
    connection.value = 'reconnecting';
    // The browser repeats a refused connection, but not one that got another answer (a proxy's 502).
    if (opened.readyState === EventSource.CLOSED && source === opened)
      setTimeout(() => source === opened && connect(), AGAIN_MS);
  });
}

/** Has everything on the page loaded again. */
export function refresh(): void {
  notify({ type: 'fresh' });
}

function receive(event: MessageEvent<string>): void {
  if (event.lastEventId !== '') cursor = event.lastEventId;
  notify(JSON.parse(event.data) as ServerEvent);
}

function notify(message: LiveMessage): void {
  for (const listener of listeners) listener(message);
}
