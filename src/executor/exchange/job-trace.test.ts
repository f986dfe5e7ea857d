import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JobAnswer } from './api-client.ts';
import { JobTrace, type TraceOptions } from './job-trace.ts';

let folder: string;
let stored: Buffer;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-trace-'));
  stored = Buffer.alloc(0);
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** As the server does it: no holes, what comes later overwrites. */
async function store(offset: number, bytes: Uint8Array): Promise<JobAnswer> {
  if (offset > stored.length) return { status: 416, stored: stored.length };
  stored = Buffer.concat([stored.subarray(0, offset), bytes]);
  return { status: 202, stored: stored.length };
}

/** The flush by itself never comes: tests flush. */
const never = (_milliseconds: number, signal?: AbortSignal) =>
  new Promise<void>((resolve) => {
    signal?.addEventListener('abort', () => resolve(), { once: true });
  });

function openTrace(options: Partial<TraceOptions> = {}): JobTrace {
  return new JobTrace({
    file: join(folder, 'trace'),
    send: store,
    wait: never,
    interval: 1,
    limit: 10_000,
    ...options,
  });
}

describe('a trace', () => {
  test('goes on from where the server says that its log ends', async () => {
    const trace = openTrace();
    trace.write(Buffer.from('0123456789'));
    await trace.flush();
    stored = stored.subarray(0, 4);
    trace.write(Buffer.from('abc'));
    expect(await trace.flush()).toBe(true);
    expect(stored.toString()).toBe('0123456789abc');
    expect(trace.output).toEqual({
      checksum: `crc32:${crc32('0123456789abc').toString(16).padStart(8, '0')}`,
      bytesize: 13,
    });
    await trace.close();
  });

  test('gives up on a server that always wants another offset, and keeps what it has', async () => {
    let answers = 0;
    const trace = openTrace({
      send: async () => {
        answers += 1;
        return { status: 416, stored: 0 };
      },
    });
    trace.write(Buffer.from('text'));
    expect(await trace.flush()).toBe(false);
    expect(answers).toBeLessThan(10);
    await trace.close();
  });

  test('that is longer than the limit is cut, and says so once', async () => {
    const trace = openTrace({ limit: 8 });
    trace.write(Buffer.from('12345'));
    trace.write(Buffer.from('67890'));
    trace.write(Buffer.from('more'));
    await trace.flush();
    expect(stored.toString()).toMatch(/^12345678\n.*exceeded limit of 8 bytes.*\n/);
    expect(stored.toString()).not.toContain('more\n');
    expect(stored.toString().match(/exceeded/g)).toHaveLength(1);
    expect(trace.output.bytesize).toBe(stored.length);
    await trace.close();
  });

  test('takes nothing more once it is closed', async () => {
    const trace = openTrace();
    trace.write(Buffer.from('kept '));
    await trace.close();
    expect(() => trace.write(Buffer.from('dropped'))).not.toThrow();
    expect(trace.output.bytesize).toBe(5);
  });

  test('sends itself when something was written, and takes the interval from the server', async () => {
    const waits: number[] = [];
    const wait = async (milliseconds: number) => {
      waits.push(milliseconds);
    };
    const trace = openTrace({
      wait,
      interval: 5,
      send: async (offset, bytes) => ({ ...(await store(offset, bytes)), interval: 60 }),
    });
    trace.write(Buffer.from('a'));
    await trace.flush();
    trace.write(Buffer.from('b'));
    await trace.flush();
    expect(stored.toString()).toBe('ab');
    expect(waits).toEqual([5, 60_000]);
    await trace.close();
  });
});
