import { once } from 'node:events';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { fileBody, webBody } from './web-body.ts';

const own = import.meta.filename;

test('a file is sent whole, or from one byte to another', async () => {
  expect(await text(fileBody(own))).toContain('a file is sent whole');
  expect(await text(fileBody(own, { start: 0, end: 5 }))).toBe('import');
});

test('nothing is read ahead of the reader', async () => {
  let read = 0;
  const source = Readable.from(
    (function* () {
      for (; read < 100; read += 1) yield Buffer.alloc(1);
    })(),
    { objectMode: false, highWaterMark: 1 },
  );
  const reader = webBody(source).getReader();
  await reader.read();
  await turn();
  expect(read).toBeLessThan(5);
});

test('a reader that goes away closes the file', async () => {
  const source = Readable.from([Buffer.alloc(1), Buffer.alloc(1)]);
  const closed = once(source, 'close');
  await webBody(source).cancel();
  await closed;
});

test('a file that is gone fails the reader and not the server', async () => {
  const body = fileBody('/nonexistent/file');
  for (let count = 0; count < 10; count += 1) await turn();
  await expect(text(body)).rejects.toThrow('ENOENT');
});
