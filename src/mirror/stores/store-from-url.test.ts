import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent, setGlobalDispatcher } from 'undici';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { storeFromUrl } from './store-from-url.ts';

// What sends requests in newer Nodes, and in every process that loads this package: it takes no length said twice.
beforeAll(() => setGlobalDispatcher(new Agent()));

test.each(['S3_ENDPOINT_URL', 'S3_ENDPOIT_URL'])(
  '%s says where the bucket is, and a real connection carries the length of what is put',
  async (variable) => {
    const seen: unknown[] = [];
    const server = createServer((request, response) => {
      seen.push([request.method, request.url, request.headers['content-length'], request.headers['transfer-encoding']]);
      request.resume().on('end', () => response.end());
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const store = await storeFromUrl('s3://stack/pr/7', {
      [variable]: `http://127.0.0.1:${(server.address() as AddressInfo).port}/s3`,
    });
    const { size } = await stat(import.meta.filename);
    await store.put('a', { file: import.meta.filename, size });
    await store.put('b', Buffer.from('four'));
    expect(seen).toEqual([
      ['PUT', '/s3/stack/pr/7/a', String(size), undefined],
      ['PUT', '/s3/stack/pr/7/b', '4', undefined],
    ]);
  },
);
