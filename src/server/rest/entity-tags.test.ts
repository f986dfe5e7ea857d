import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { entityTags } from './entity-tags.ts';

function app(): Hono {
  const served = new Hono();
  served.use('*', entityTags());
  served.get('/counted', (c) => c.json({ count: c.req.query('count') }));
  served.get('/secret', (c) => c.json({}, 200, { 'Cache-Control': 'no-store' }));
  served.get('/missing', (c) => c.json({}, 404));
  served.get('/stream', () => new Response('data: {}', { headers: { 'Content-Type': 'text/event-stream' } }));
  return served;
}

test('JSON that has not changed is answered without a body', async () => {
  const first = await app().request('/counted?count=1');
  const tag = first.headers.get('etag') ?? '';
  expect(first.headers.get('cache-control')).toBe('private, no-cache');
  expect(first.headers.get('vary')).toBe('Authorization, Cookie');
  const headers = { 'If-None-Match': `"other", W/${tag}` };
  const same = await app().request('/counted?count=1', { headers });
  expect([same.status, await same.text(), same.headers.get('etag')]).toEqual([304, '', tag]);
  const changed = await app().request('/counted?count=2', { headers });
  expect([changed.status, await changed.json()]).toEqual([200, { count: '2' }]);
});

test('HEAD has the tag of GET', async () => {
  const head = await app().request('/counted?count=1', { method: 'HEAD' });
  const get = await app().request('/counted?count=1');
  expect([head.status, await head.text()]).toEqual([200, '']);
  expect(head.headers.get('etag')).toBe(get.headers.get('etag'));
});

test('what a route forbids to keep stays so, and other answers have no tag', async () => {
  expect((await app().request('/secret')).headers.get('cache-control')).toBe('no-store');
  for (const path of ['/missing', '/stream']) {
    const { headers } = await app().request(path);
    expect([headers.get('etag'), headers.get('cache-control')]).toEqual([null, 'no-store']);
  }
});
