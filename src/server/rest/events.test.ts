import type { Hono } from 'hono';
import { describe, expect, test } from 'vitest';
import { openLab, type Lab } from '../../../test/support/coordinator.ts';
import { ServerEvent } from '../../protocol/index.ts';
import { createFeed } from '../../store/index.ts';
import { eventRoutes } from './events.ts';
import { LogGrowth } from '../runner-api/log-growth.ts';

interface Received {
  readonly id?: number;
  readonly event: ServerEvent;
}

/** Reads a stream event by event; what the server holds back is not read. */
class Reader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #text = '';

  constructor(response: Response) {
    this.#reader = (response.body as ReadableStream<Uint8Array>).getReader();
  }

  /** The next block: an event, or a comment's text. */
  async next(): Promise<Received | string> {
    while (!this.#text.includes('\n\n')) {
      const { value, done } = await this.#reader.read();
      if (done) throw new Error('the stream has ended');
      this.#text += new TextDecoder().decode(value);
    }
    const end = this.#text.indexOf('\n\n');
    const lines = this.#text.slice(0, end).split('\n');
    this.#text = this.#text.slice(end + 2);
    const field = (name: string): string | undefined =>
      lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
    const [data, id] = [field('data'), field('id')];
    if (data === undefined) return lines.join('\n');
    return { ...(id === undefined ? {} : { id: Number(id) }), event: ServerEvent.parse(JSON.parse(data)) };
  }

  /** Events up to one that the predicate accepts, that one included. */
  async until(predicate: (event: ServerEvent) => boolean): Promise<readonly Received[]> {
    const received: Received[] = [];
    for (;;) {
      const next = await this.next();
      if (typeof next === 'string') continue;
      received.push(next);
      if (predicate(next.event)) return received;
    }
  }

  close(): Promise<void> {
    return this.#reader.cancel();
  }
}

function watchable(
  lab: Lab,
  heartbeat = 60_000,
): { app: Hono; logs: LogGrowth; watch(query?: string, lastId?: number): Promise<Reader> } {
  const logs = new LogGrowth();
  const app = eventRoutes(lab.context, { feed: createFeed(lab.database), logs, heartbeat });
  return {
    app,
    logs,
    watch: async (query = '', lastId) =>
      new Reader(
        await app.request(
          `/api/v1/events${query}`,
          lastId === undefined ? {} : { headers: { 'last-event-id': String(lastId) } },
        ),
      ),
  };
}

const isDone = (event: ServerEvent): boolean =>
  event.type === 'pipeline' && event.pipeline.id === '1' && event.pipeline.status === 'success';
const isPublished = (event: ServerEvent): boolean => event.type === 'image' && event.image.state === 'published';

describe('the stream of events', () => {
  test('greets, then sends what happens as it happens, in order', async () => {
    const lab = await openLab();
    const reader = await watchable(lab).watch();
    expect(await reader.next()).toEqual({ id: 0, event: { type: 'hello', version: '0.0.0' } });
    const { event } = lab.push('main');
    await lab.happens(event);
    const begun = await reader.until((one) => one.type === 'job' && one.job.status === 'pending');
    expect(begun.some(({ event: one }) => one.type === 'pipeline' && one.pipeline.stack === 'lab')).toBe(true);
    await lab.workAll();
    const received = await reader.until(isPublished);
    expect(received.some(({ event: one }) => isDone(one))).toBe(true);
    const ids = [...begun, ...received].flatMap(({ id }) => (id === undefined ? [] : [id]));
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    expect(new Set(ids).size).toBe(ids.length);
    await reader.close();
  });

  test('goes on after a restart where the client stood: nothing is lost, nothing comes twice', async () => {
    const lab = await openLab();
    const first = await watchable(lab).watch();
    const { event } = lab.push('main');
    await lab.happens(event);
    const before = await first.until((one) => one.type === 'job' && one.job.name === 'generate');
    const last = before.at(-1)?.id as number;
    await first.close();
    await lab.reopen();
    await lab.workAll();
    const second = await watchable(lab).watch('', last);
    expect(await second.next()).toMatchObject({ id: last, event: { type: 'hello' } });
    const after = await second.until(isPublished);
    const jobs = after.flatMap(({ event: one }) => (one.type === 'job' ? [`${one.job.name} ${one.job.status}`] : []));
    expect(jobs.toSorted()).toEqual(['build success', 'gauge success', 'generate success', 'tide success']);
    expect(after.every(({ id = 0 }) => id > last)).toBe(true);
    await second.close();
  });

  test('asks a client that knows more than the server to start again', async () => {
    const lab = await openLab();
    const reader = await watchable(lab).watch('', 1_000_000);
    expect(await reader.next()).toMatchObject({ id: 0, event: { type: 'hello' } });
    expect(await reader.next()).toMatchObject({ id: 0, event: { type: 'reset' } });
    await reader.close();
  });

  test('reports one stack or one family of pipelines, where that is asked for', async () => {
    const lab = await openLab();
    const { event } = lab.push('main');
    await lab.happens(event);
    await lab.workAll();
    const { event: next } = lab.push('main', { 'spack.yaml': 'spack: { specs: [tide] }\n' });
    await lab.happens(next);
    const reader = await watchable(lab).watch('?pipeline=1&after=0');
    const received = await reader.until(isDone);
    const pipelines = new Set(
      received.flatMap(({ event: one }) =>
        one.type === 'job' ? [one.job.pipeline] : one.type === 'pipeline' ? [one.pipeline.id] : [],
      ),
    );
    expect([...pipelines].toSorted()).toEqual(['1', '2']);
    await reader.close();
    const other = await watchable(lab, 1).watch('?stack=other&after=0');
    await other.next();
    expect(await other.next()).toBe(': heartbeat');
    await other.close();
  });

  test('reports that a log grew to clients of that log', async () => {
    const lab = await openLab();
    await lab.happens(lab.push('main').event);
    const { logs, watch } = watchable(lab);
    const reader = await watch('?job=1');
    await reader.next();
    logs.grown('4', 10);
    logs.grown('1', 20);
    expect(await reader.next()).toEqual({ event: { type: 'log', job: '1', size: 20 } });
    await reader.close();
  });

  test('keeps nothing for a reader who does not read: it gets the newest of each, once', async () => {
    const lab = await openLab();
    const reader = await watchable(lab).watch();
    await reader.next();
    const status = {
      stack: 'lab',
      sha: 'a1',
      context: 'slipway',
      state: 'pending',
      at: '2026-01-01T00:00:00.000Z',
    } as const;
    for (let count = 1; count <= 500; count += 1)
      lab.context.ledger.saveStatus({ ...status, description: `${count} of 500 jobs done` });
    expect(await reader.next()).toMatchObject({
      event: { type: 'status', status: { description: '500 of 500 jobs done' } },
    });
    await reader.close();
  });
});
