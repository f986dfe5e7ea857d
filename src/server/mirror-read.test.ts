import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { Hono } from 'hono';
import { extract } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { folderStore } from '../mirror/index.ts';
import { mirrorReadRoutes } from './mirror-read.ts';

describe('plain reading of a mirror', () => {
  let folder: string;
  let app: Hono;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-mirror-read-'));
    const store = folderStore(folder, { durable: false });
    for (const key of ['v3/layout.json', 'blobs/sha256/ab/abc', 'locks/12/v3/layout.json', 'pr/7/v3/layout.json']) {
      await store.put(key, Buffer.from('{}'));
    }
    app = mirrorReadRoutes((bucket) => (bucket === 'stack' ? store : undefined));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test('the protected root and the views are open to everybody', async () => {
    const layout = await app.request('/mirrors/stack/v3/layout.json');
    expect([layout.status, await layout.text(), layout.headers.get('content-type')]).toEqual([
      200,
      '{}',
      'application/json',
    ]);
    expect((await app.request('/mirrors/stack/locks/12/v3/layout.json')).status).toBe(200);
    expect((await app.request('/mirrors/stack/v3/layout.json', { method: 'HEAD' })).headers.get('content-length')).toBe(
      '2',
    );
  });

  test('blobs may be kept for ever, the rest must be asked for again', async () => {
    expect((await app.request('/mirrors/stack/blobs/sha256/ab/abc')).headers.get('cache-control')).toContain(
      'immutable',
    );
    expect((await app.request('/mirrors/stack/v3/layout.json')).headers.get('cache-control')).toBe('no-cache');
  });

  test.each([
    'stack/pr/7/v3/layout.json',
    'stack/v3/..%2fpr/7/v3/layout.json',
    'other/v3/layout.json',
    'stack/v3/none',
    'stack/',
  ])('%s is not there', async (path) => {
    expect((await app.request(`/mirrors/${path}`)).status).toBe(404);
  });

  test('a view is there as one archive, with its files as they are', async () => {
    const digest = 'a'.repeat(64);
    const store = folderStore(folder, { durable: false });
    await store.put(`locks/${digest}/v3/layout.json`, Buffer.from('{}'));
    await store.put(`locks/${digest}/blobs/sha256/ab/abc`, Buffer.alloc(70_000, 'x'));
    const response = await app.request(`/mirrors/stack/locks/${digest}.tar`);
    expect(response.headers.get('content-type')).toBe('application/x-tar');
    const extractor = extract();
    extractor.end(Buffer.from(await response.arrayBuffer()));
    const files: string[] = [];
    for await (const entry of extractor) files.push(`${entry.header.name} ${(await buffer(entry)).length}`);
    expect(files).toEqual(['blobs/sha256/ab/abc 70000', 'v3/layout.json 2']);
    expect((await app.request(`/mirrors/stack/locks/${'b'.repeat(64)}.tar`)).status).toBe(404);
  });

  test('a signed spec file of layout v2 is there under the name that `spack buildcache check` of 0.23 asks for, and only for asking', async () => {
    const store = folderStore(folder, { durable: false });
    const name = `linux-debian12-x86_64-gcc-12.2.0-tide-1.0-${'a'.repeat(32)}.spec.json`;
    const other = name.replace('tide', 'reef');
    const signed = '-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n{}\n-----BEGIN PGP SIGNATURE-----\n\n=ab\n';
    for (const root of ['', 'locks/12/']) await store.put(`${root}build_cache/${name}.sig`, Buffer.from(signed));
    await store.put(`build_cache/${other}`, Buffer.from('{"plain": 1}'));
    const ask = (key: string, method = 'HEAD') => app.request(`/mirrors/stack/${key}`, { method });
    for (const root of ['', 'locks/12/']) {
      const found = await ask(`${root}build_cache/${name}`);
      expect([found.status, found.headers.get('content-length')]).toEqual([200, '2']);
      expect((await ask(`${root}build_cache/${name}`, 'GET')).status).toBe(404);
      expect((await ask(`${root}build_cache/${name.replace('tide', 'lion')}`)).status).toBe(404);
    }
    expect(await (await ask(`build_cache/${other}`, 'GET')).text()).toBe('{"plain": 1}');
    expect((await ask(`pr/7/build_cache/${name}`)).status).toBe(404);
  });

  test('nothing can be written', async () => {
    expect((await app.request('/mirrors/stack/v3/layout.json', { method: 'PUT', body: 'x' })).status).toBe(404);
  });
});
