import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support/mirror-package.ts';
import type { ForeignInclude } from '../gitlab/index.ts';
import { Secret, sha256, systemClock } from '../kit/index.ts';
import { IncludePolicy, type IncludeRules } from './include-policy.ts';
import { openIncludes, remoteCache } from './include-reader.ts';
import { IncludeStore } from './include-store.ts';
import type { TransportAnswer, TransportRequest } from './transport.ts';

type Answer = Partial<Omit<TransportAnswer, 'body' | 'headers'>> & { body?: string; headers?: Record<string, string> };

const SHA = 'c'.repeat(40);
const none: IncludeRules = { hosts: [], projects: [], components: [] };
const host = { host: 'ci.example.org', port: 443, allowPrivate: false };
const remote = (url: string) => ({ kind: 'remote', url }) as const;

/** A reader whose network has these URLs, and the requests that it sends. */
async function reader(rules: Partial<IncludeRules>, web: Record<string, Answer | string> = {}) {
  const requests: TransportRequest[] = [];
  const parts = {
    policy: new IncludePolicy([{ ...none, ...rules }], () => 'slipway.example.org'),
    store: new IncludeStore(await temporaryFolder()),
    cache: remoteCache(),
    clock: systemClock,
    transport: async (request: TransportRequest) => {
      requests.push(request);
      const found = web[request.url.href] ?? { status: 404 };
      const { status = 200, body = '', headers } = typeof found === 'string' ? { body: found } : found;
      return { status, headers: new Headers(headers), body: Buffer.from(body) };
    },
  };
  return { parts, web, requests, read: openIncludes(parts), urls: () => requests.map(({ url }) => url.href) };
}

describe('remote texts', () => {
  test('are read from permitted hosts', async () => {
    const { read } = await reader({ hosts: [host] }, { 'https://ci.example.org/a.yml': 'a: 1' });
    expect(await read(remote('https://ci.example.org/a.yml'))).toEqual({
      text: 'a: 1',
      resolved: 'https://ci.example.org/a.yml',
    });
  });

  test.each([
    ['another host', 'https://ci.example.com/a.yml', 'No entry of `includes.hosts` permits'],
    ['a name that ends alike', 'https://evil-ci.example.org/a.yml', 'No entry of `includes.hosts` permits'],
    ['another port', 'https://ci.example.org:8443/a.yml', 'No entry of `includes.hosts` permits'],
    ['no TLS', 'http://ci.example.org/a.yml', 'is not an `https` URL'],
    ['credentials', 'https://a:b@ci.example.org/a.yml', 'is not an `https` URL'],
    ['a file', 'file:///etc/passwd', 'is not an `https` URL'],
  ])('are refused from %s, and nothing is requested', async (_, url, reason) => {
    const { read, requests } = await reader({ hosts: [host] });
    expect(await read(remote(url))).toMatchObject({ reason: expect.stringContaining(reason) });
    expect(requests).toEqual([]);
  });

  test('a refusal names the line to add', async () => {
    const { read } = await reader({});
    expect(await read(remote('https://ci.example.org/a.yml'))).toMatchObject({
      remedy: expect.stringContaining('`includes: { hosts: [{ host: ci.example.org }] }`'),
    });
  });

  test('a pattern permits every name below a domain, and paths restrict it', async () => {
    const entry = { ...host, host: '*.example.org', paths: ['/group/*'] };
    const web = { 'https://a.example.org/group/x.yml': 'x', 'https://a.example.org/group/..%2Fother/x.yml': 'x' };
    const { read } = await reader({ hosts: [entry] }, web);
    expect(await read(remote('https://a.example.org/group/x.yml'))).toMatchObject({ text: 'x' });
    expect(await read(remote('https://a.example.org/other/x.yml'))).toHaveProperty('reason');
    expect(await read(remote('https://a.example.org/group/..%2Fother/x.yml'))).toHaveProperty('reason');
    expect(await read(remote('https://example.org/group/x.yml'))).toHaveProperty('reason');
  });

  test('redirects are followed to permitted hosts only', async () => {
    const to = (location: string) => ({ status: 302, headers: { location } });
    const { read, urls } = await reader(
      { hosts: [host] },
      {
        'https://ci.example.org/a.yml': to('/b.yml'),
        'https://ci.example.org/b.yml': 'b: 1',
        'https://ci.example.org/c.yml': to('https://metadata.example.com/'),
        'https://ci.example.org/d.yml': to('http://ci.example.org/b.yml'),
        'https://ci.example.org/e.yml': to('/e.yml'),
      },
    );
    expect(await read(remote('https://ci.example.org/a.yml'))).toMatchObject({
      resolved: 'https://ci.example.org/b.yml',
    });
    expect(await read(remote('https://ci.example.org/c.yml'))).toHaveProperty('reason');
    expect(await read(remote('https://ci.example.org/d.yml'))).toHaveProperty('reason');
    expect(await read(remote('https://ci.example.org/e.yml'))).toMatchObject({
      reason: expect.stringContaining('redirects more than 5 times'),
    });
    expect(urls()).not.toContain('https://metadata.example.com/');
  });

  test('a text that has not changed is not sent again', async () => {
    const url = 'https://ci.example.org/a.yml';
    const { parts, web, read, requests } = await reader(
      { hosts: [host] },
      { [url]: { body: 'a: 1', headers: { etag: '"1"' } } },
    );
    await read(remote(url));
    web[url] = { status: 304 };
    expect(await openIncludes(parts)(remote(url))).toMatchObject({ text: 'a: 1' });
    expect(requests[1]?.headers).toEqual({ 'If-None-Match': '"1"' });
  });
});

test('a text with `cache` is not requested again for so long, but only where it is permitted', async () => {
  const url = 'https://ci.example.org/a.yml';
  const { parts, read, requests } = await reader({ hosts: [host] }, { [url]: 'a: 1' });
  await read(remote(url));
  expect(await openIncludes(parts)({ ...remote(url), cache: 60 })).toMatchObject({ text: 'a: 1' });
  expect(requests).toHaveLength(1);
  const strict = { ...parts, policy: new IncludePolicy([none], () => '') };
  expect(await openIncludes(strict)({ ...remote(url), cache: 60 })).toHaveProperty('reason');
  await openIncludes(parts)(remote(url));
  expect(requests).toHaveLength(2);
});

describe('texts of projects', () => {
  const api = 'https://gitlab.example.org/api/v4/projects/group%2Fci/repository';
  const entry = { project: 'group/*', url: 'https://gitlab.example.org', kind: 'gitlab', allowPrivate: false } as const;
  const include = { kind: 'project', project: 'group/ci', ref: 'v1', path: '/templates/a.yml' } as const;
  const web = {
    [`${api}/commits/v1`]: JSON.stringify({ id: SHA }),
    [`${api}/files/templates%2Fa.yml/raw?ref=${SHA}`]: 'a: 1',
  };

  test('are read at the commit that the ref names', async () => {
    const { read, requests } = await reader({ projects: [{ ...entry, token: new Secret('t') }] }, web);
    expect(await read(include)).toEqual({
      text: 'a: 1',
      resolved: `https://gitlab.example.org/group/ci@${SHA}:templates/a.yml`,
    });
    expect(requests[0]?.headers).toEqual({ 'PRIVATE-TOKEN': 't' });
  });

  test('a token is not sent where a redirect leads', async () => {
    const away = { status: 302, headers: { location: 'https://evil.example.com/' } };
    const redirected = { ...web, [`${api}/commits/v1`]: away };
    const { read, urls } = await reader({ projects: [{ ...entry, token: new Secret('t') }] }, redirected);
    expect(await read(include)).toMatchObject({ reason: expect.stringContaining('leads away from') });
    expect(urls()).toEqual([`${api}/commits/v1`]);
  });

  test.each([
    { project: 'other/ci' },
    { project: '../ci' },
    { project: 'group/../../secret' },
    { project: 'group/ci?x=' },
    { path: '../../a.yml' },
    { path: 'a//b.yml' },
    { ref: '../../v1' },
    { ref: 'v1?private=1' },
  ])('%j is refused, and nothing is requested', async (change) => {
    const { read, requests } = await reader({ projects: [entry] }, web);
    expect(await read({ ...include, ...change })).toHaveProperty('reason');
    expect(requests).toEqual([]);
  });

  test('a missing ref and a missing file are reported', async () => {
    const { read } = await reader({ projects: [entry] }, web);
    expect(await read({ ...include, ref: 'v2' })).toMatchObject({ reason: expect.stringContaining('no version `v2`') });
    expect(await read({ ...include, path: 'b.yml' })).toMatchObject({
      reason: expect.stringContaining('no file `b.yml`'),
    });
  });

  test('are read from GitHub', async () => {
    const github = { ...entry, url: 'https://github.com', kind: 'github', token: new Secret('t') } as const;
    const { read, requests } = await reader(
      { projects: [github] },
      {
        'https://api.github.com/repos/group/ci/commits/v1': JSON.stringify({ sha: SHA }),
        [`https://api.github.com/repos/group/ci/contents/templates/a.yml?ref=${SHA}`]: 'a: 1',
      },
    );
    expect(await read(include)).toMatchObject({ text: 'a: 1' });
    expect(requests[1]?.headers).toEqual({ Accept: 'application/vnd.github.raw', Authorization: 'Bearer t' });
  });
});

describe('components', () => {
  const api = 'https://gitlab.example.org/api/v4/projects/group%2Fci/repository';
  const entry = { component: 'gitlab.example.org/group/*', allowPrivate: false };
  const tags = JSON.stringify(['v2.0.0-rc1', '1.2.9', '1.10.0', '1.2.10'].map((name) => ({ name })));
  const web = {
    [`${api}/tags?per_page=100&order_by=updated&sort=desc`]: tags,
    [`${api}/commits/1.2.10`]: JSON.stringify({ id: 'd'.repeat(40) }),
    [`${api}/commits/1.10.0`]: JSON.stringify({ id: SHA }),
    [`${api}/files/templates%2Flint%2Ftemplate.yml/raw?ref=${SHA}`]: 'lint: 1',
    [`${api}/files/templates%2Flint.yml/raw?ref=${'d'.repeat(40)}`]: 'lint: 0',
  };

  test.each([
    ['1.10.0', 'lint: 1'],
    ['~latest', 'lint: 1'],
    ['1', 'lint: 1'],
    ['1.2', 'lint: 0'],
  ])('version %s is read', async (version, text) => {
    const { read } = await reader({ components: [entry] }, web);
    expect(await read({ kind: 'component', address: `gitlab.example.org/group/ci/lint@${version}` })).toMatchObject({
      text,
    });
  });

  test('the server’s own name stands for a host that the operator chooses', async () => {
    const moved = { ...entry, component: '$CI_SERVER_FQDN/group/*', url: 'https://gitlab.example.org' };
    const { read } = await reader({ components: [moved] }, web);
    expect(await read({ kind: 'component', address: 'slipway.example.org/group/ci/lint@1.10.0' })).toMatchObject({
      text: 'lint: 1',
    });
  });

  test.each(['gitlab.example.org/other/ci/lint@1', 'gitlab.example.org/group/ci/..@1', 'gitlab.example.org/ci/lint@1'])(
    '%s is refused',
    async (address) => {
      const { read, requests } = await reader({ components: [entry] }, web);
      expect(await read({ kind: 'component', address })).toHaveProperty('reason');
      expect(requests).toEqual([]);
    },
  );
});

describe('templates', () => {
  const template = (name: string): ForeignInclude => ({ kind: 'template', name });

  test('are those of the operator, then the built-in ones', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'Jobs'));
    await writeFile(join(folder, 'Jobs/Lint.gitlab-ci.yml'), 'lint: 1');
    const { read } = await reader({ templates: folder });
    expect(await read(template('Jobs/Lint.gitlab-ci.yml'))).toMatchObject({ text: 'lint: 1' });
    const workflow = 'Workflows/MergeRequest-Pipelines.gitlab-ci.yml';
    expect(await read(template(workflow))).toMatchObject({ resolved: `built-in ${workflow}` });
    expect(await read(template('../secret.yml'))).toHaveProperty('reason');
    expect(await read(template('None.yml'))).toMatchObject({ reason: 'There is no template `None.yml`.' });
  });
});

describe('a pinned text', () => {
  const url = 'https://ci.example.org/a.yml';
  const pin = { kind: 'remote', source: url, resolved: url, sha256: sha256('a: 1') } as const;

  test('is not requested again', async () => {
    const { parts, requests, read } = await reader({ hosts: [host] }, { [url]: 'a: 1' });
    await read(remote(url));
    expect(await openIncludes(parts, [pin])(remote(url))).toMatchObject({ text: 'a: 1' });
    expect(requests).toHaveLength(1);
  });

  test('that is no longer kept is requested, and must be the same', async () => {
    const { parts, web } = await reader({ hosts: [host] }, { [url]: 'a: 2' });
    expect(await openIncludes(parts, [pin])(remote(url))).toMatchObject({
      reason: expect.stringContaining('differs from the one that was read before'),
    });
    web[url] = 'a: 1';
    expect(await openIncludes(parts, [pin])(remote(url))).toMatchObject({ text: 'a: 1' });
  });
});

test('one pipeline includes a limited number of bytes', async () => {
  const web = Object.fromEntries(
    Array.from({ length: 11 }, (_, index) => [`https://ci.example.org/${index}.yml`, 'x'.repeat(1_900_000)]),
  );
  const { read } = await reader({ hosts: [host] }, web);
  const texts = await Promise.all(Object.keys(web).map((url) => read(remote(url))));
  expect(texts.filter((one) => 'reason' in one)).toHaveLength(1);
});

test('texts that were not read for the longest time are removed first', async () => {
  const store = new IncludeStore(await temporaryFolder(), { maxBytes: 10 });
  const first = await store.write('1234');
  const second = await store.write('567890123');
  expect(await store.read(second)).toBe('567890123');
  expect(await store.read(first)).toBeUndefined();
});
