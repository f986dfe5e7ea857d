import { Hono } from 'hono';
import type { CoordinatorContext } from '../../coordinator/index.ts';
import type { ServerEvent } from '../../protocol/index.ts';
import type { Feed } from '../../store/index.ts';
import { eventOf, familyRoot, type EventFilter } from './event-views.ts';
import type { LogGrowth } from '../runner-api/log-growth.ts';
import { ChangeSignal } from '../runner-api/change-signal.ts';
import type { Principal } from '../../access/index.ts';
import { mayRead, senderOf } from '../access/principal-of.ts';
import { stackOf } from '../access/subject.ts';
import { countOf } from './query-count.ts';

interface EventSources {
  readonly feed: Feed;
  readonly logs: LogGrowth;
  /** Called when a stream begins; its result when that ends. */
  readonly onOpen?: () => () => void;
  /** Milliseconds after which a stream without events sends a comment; 15 seconds if absent. */
  readonly heartbeat?: number;
}

const BATCH = 200;
const HEARTBEAT_MS = 15_000;
const RETRY_MS = 1000;

/**
 * `GET /api/v1/events`. A reader is only a cursor into the feed. Events that it has not read stay in the store, so a
 * slow reader costs no memory, and one that reconnects continues at its cursor.
 */
export function eventRoutes(context: CoordinatorContext, sources: EventSources): Hono {
  const changes = new ChangeSignal();
  sources.feed.onChange(() => changes.notify());
  sources.logs.onGrowth(() => changes.notify());
  const app = new Hono();
  app.get('/api/v1/events', (c) => {
    const { stack, pipeline, job } = c.req.query();
    const newest = sources.feed.newest();
    const header = c.req.header('last-event-id');
    const after =
      header !== undefined && /^\d{1,15}$/.test(header) ? Number(header) : countOf(c, 'after', { standard: newest });
    const sender = senderOf(c);
    const filter = { stack, job, pipeline: pipeline === undefined ? undefined : familyRoot(context, pipeline) };
    const reader = new EventReader(context, { ...sources, changes, filter, renewed: () => sender.renewed() }, after);
    return new Response(reader.stream(), {
      headers: {
        'Content-Type': 'text/event-stream; charset=utf-8',
        'Cache-Control': 'no-store',
        'X-Accel-Buffering': 'no',
      },
    });
  });
  return app;
}

interface ReaderSources extends EventSources {
  readonly changes: ChangeSignal;
  readonly filter: Omit<EventFilter, 'isReadable'>;
  /** Returns who reads, as of now; undefined once their credential counts no more. */
  renewed(): Principal | undefined;
}

class EventReader {
  readonly #context: CoordinatorContext;
  readonly #sources: ReaderSources;
  readonly #closed = new AbortController();
  #cursor: number;
  #greeting: string;
  #logSize = -1;

  constructor(context: CoordinatorContext, sources: ReaderSources, after: number) {
    this.#context = context;
    this.#sources = sources;
    const newest = sources.feed.newest();
    this.#cursor = Math.min(after, newest);
    const reset = after > newest ? write({ type: 'reset' }, this.#cursor) : '';
    const hello = write({ type: 'hello', version: context.version }, this.#cursor);
    this.#greeting = `retry: ${RETRY_MS}\n${hello}${reset}`;
  }

  /** Creates events only when the client reads. */
  stream(): ReadableStream<Uint8Array> {
    const encoder = new TextEncoder();
    const ended = this.#sources.onOpen?.();
    this.#closed.signal.addEventListener('abort', () => ended?.());
    return new ReadableStream(
      {
        pull: async (controller) => {
          const text = await this.#next();
          if (text === undefined) {
            this.#closed.abort();
            return controller.close();
          }
          if (!this.#closed.signal.aborted) controller.enqueue(encoder.encode(text));
        },
        cancel: () => this.#closed.abort(),
      },
      { highWaterMark: 0 },
    );
  }

  /** Undefined ends the stream. */
  async #next(): Promise<string | undefined> {
    const greeting = this.#greeting;
    this.#greeting = '';
    if (greeting !== '') return greeting;
    for (;;) {
      const mark = this.#sources.changes.mark();
      const reader = this.#sources.renewed();
      if (reader === undefined) return undefined;
      const text = this.#newEvents(reader);
      if (text !== '') return text;
      if (!(await this.#wait(mark))) return ': heartbeat\n\n';
    }
  }

  /** Returns the events since the last call. */
  #newEvents(reader: Principal): string {
    let text = '';
    const isReadable = (stack: string) => mayRead(this.#context, reader, stack);
    for (const entry of this.#sources.feed.after(this.#cursor, BATCH)) {
      this.#cursor = entry.id;
      const event = eventOf(this.#context, entry, { ...this.#sources.filter, isReadable });
      if (event !== undefined) text += write(event, entry.id);
    }
    const { job } = this.#sources.filter;
    const size = job === undefined ? undefined : this.#sources.logs.size(job);
    if (job === undefined || size === undefined || size === this.#logSize) return text;
    if (!stackOf(this.#context, 'job', job)?.every(isReadable)) return text;
    this.#logSize = size;
    return text + write({ type: 'log', job, size });
  }

  /** False after the heartbeat's time without a change, or if the client has disconnected. */
  async #wait(mark: string): Promise<boolean> {
    const limit = new AbortController();
    const stop = () => limit.abort();
    const timer = setTimeout(stop, this.#sources.heartbeat ?? HEARTBEAT_MS);
    this.#closed.signal.addEventListener('abort', stop, { once: true });
    await this.#sources.changes.changed(mark, limit.signal);
    clearTimeout(timer);
    this.#closed.signal.removeEventListener('abort', stop);
    return !limit.signal.aborted;
  }
}

/** HTML standard, "Server-sent events". JSON has no raw line breaks, so one `data` line holds it. */
function write(event: ServerEvent, id?: number): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
