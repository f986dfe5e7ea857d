import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Hono } from 'hono';
import { documentationRoutes, missingPage, pageRoutes } from './page.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-page-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), '<!doctype html>');
  await writeFile(join(folder, 'assets', 'index-1a2b.js'), 'export {};');
  await writeFile(join(folder, 'secret.txt'), 'secret');
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test.each(['/', '/stacks/lab', '/stacks/lab/packages', '/pipelines/1', '/jobs/7', '/images/2'])(
  '%s is the page',
  async (path) => {
    const response = await pageRoutes(folder).request(path);
    expect([response.status, await response.text()]).toEqual([200, '<!doctype html>']);
    expect(response.headers.get('cache-control')).toBe('no-cache');
    expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'self';/);
    expect(response.headers.get('content-security-policy')).not.toMatch(/unsafe|https?:|\*/);
  },
);

test('its files are kept by browsers for ever, as their names change with their content', async () => {
  const response = await pageRoutes(folder).request('/assets/index-1a2b.js');
  expect(response.headers.get('cache-control')).toMatch(/immutable/);
  expect(response.headers.get('content-type')).toMatch(/^text\/javascript/);
});

test.each(['/secret.txt', '/assets/..%2fsecret.txt', '/assets/%2e%2e/secret.txt', '/assets/.hidden', '/other'])(
  '%s is not there',
  async (path) => {
    expect((await pageRoutes(folder).request(path)).status).toBe(404);
  },
);

test.each([
  ['/nothing', 'text/html,*/*', 404, '<!doctype html>'],
  ['/nothing', 'application/json', 404, 'unknown'],
  ['/api/v1/nothing', 'text/html', 404, 'unknown'],
])('%s is the page that reports a wrong address to %s', async (path, accept, status, text) => {
  const app = new Hono();
  app.notFound(async (c) => (await missingPage(c, folder)) ?? c.text('unknown', 404));
  const response = await app.request(path, { headers: { Accept: accept } });
  expect([response.status, await response.text()]).toEqual([status, text]);
});

test('a checkout without the built page says what to do', async () => {
  const response = await pageRoutes(join(folder, 'nowhere')).request('/');
  expect([response.status, await response.text()]).toEqual([
    404,
    'The page is not built in this checkout. Run `npm run build`.\n',
  ]);
});

describe('the documentation', () => {
  let site: string;
  beforeAll(async () => {
    site = join(folder, 'site');
    await mkdir(join(site, 'assets'), { recursive: true });
    await mkdir(join(site, 'guides'));
    for (const name of ['index.html', '404.html', 'guides/images.html', 'assets/app.1a2b.js'])
      await writeFile(join(site, name), name);
  });

  test.each([
    ['/docs/', 200, 'index.html', 'no-cache'],
    ['/docs/guides/images.html', 200, 'guides/images.html', 'no-cache'],
    ['/docs/assets/app.1a2b.js', 200, 'assets/app.1a2b.js', 'public, max-age=31536000, immutable'],
    ['/docs/nowhere.html', 404, '404.html', null],
    ['/docs/..%2findex.html', 404, '404.html', null],
  ])('%s is answered with %i', async (path, status, text, caching) => {
    const response = await documentationRoutes(site).request(path);
    expect([response.status, await response.text()]).toEqual([status, text]);
    expect(response.headers.get('cache-control')).toBe(caching);
    expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'self';/);
    expect(response.headers.get('content-security-policy')).not.toMatch(/unsafe|https?:|\*/);
  });

  test('is found without the slash at the end', async () => {
    const response = await documentationRoutes(site).request('/docs');
    expect([response.status, response.headers.get('location')]).toEqual([302, '/docs/']);
  });

  test.each([undefined, '/nowhere'])('that is not built says how to build it', async (root) => {
    const response = await documentationRoutes(root).request('/docs/guides/images.html');
    expect([response.status, await response.text()]).toEqual([404, expect.stringContaining('`npm run docs`')]);
  });
});
