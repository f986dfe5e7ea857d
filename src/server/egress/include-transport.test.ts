import { describe, expect, test } from 'vitest';
import { openIncludeHosts } from '../../../test/support/include-hosts.ts';
import { includeTransport } from './include-transport.ts';

async function fetcher() {
  const hosts = await openIncludeHosts();
  const transport = includeTransport(hosts);
  const get = (url: string, options: { allowPrivate?: boolean; maxBytes?: number; signal?: AbortSignal } = {}) =>
    transport({
      url: new URL(url),
      headers: {},
      allowPrivate: false,
      maxBytes: 1000,
      signal: new AbortController().signal,
      ...options,
    });
  return { hosts, get };
}

describe('requests for included texts', () => {
  test('return what the host answers, redirects included', async () => {
    const { hosts, get } = await fetcher();
    hosts.pages['a.example.org/x.yml?y'] = (_, response) =>
      void response.writeHead(302, { Location: 'https://b.example.org/', ETag: '"1"' }).end('x: 1');
    const { status, headers, body } = await get('https://a.example.org/x.yml?y');
    expect([status, headers.get('location'), headers.get('etag'), body.toString()]).toEqual([
      302,
      'https://b.example.org/',
      '"1"',
      'x: 1',
    ]);
  });

  test.each([
    [['127.0.0.1'], 'loopback'],
    [['::1'], 'loopback'],
    [['93.184.216.34', '10.0.0.1'], 'private'],
    [['169.254.169.254'], 'link-local'],
    [['::ffff:127.0.0.1'], 'loopback'],
  ])('are refused where the name leads to %j', async (addresses, kind) => {
    const { hosts, get } = await fetcher();
    hosts.addresses['a.example.org'] = addresses;
    await expect(get('https://a.example.org/')).rejects.toMatchObject({
      code: 'INCLUDE_ADDRESS_REFUSED',
      message: expect.stringContaining(kind),
    });
    expect(hosts.requests).toEqual([]);
  });

  test('reach the loopback interface nowhere, even where private addresses are permitted', async () => {
    const { hosts, get } = await fetcher();
    hosts.addresses['a.example.org'] = ['127.0.0.1'];
    await expect(get('https://a.example.org/', { allowPrivate: true })).rejects.toMatchObject({
      code: 'INCLUDE_ADDRESS_REFUSED',
    });
  });

  test('end at the limit of bytes, though the host would send without end', async () => {
    const { hosts, get } = await fetcher();
    hosts.pages['a.example.org/'] = (_, response) => {
      const send = () => {
        while (response.write('x'.repeat(10_000)));
      };
      response.on('drain', send).on('error', () => undefined);
      send();
    };
    await expect(get('https://a.example.org/')).rejects.toMatchObject({ code: 'INCLUDE_TOO_LARGE' });
  });

  test('end when they are aborted, though the host never answers', async () => {
    const { hosts, get } = await fetcher();
    const controller = new AbortController();
    hosts.pages['a.example.org/'] = () => controller.abort();
    await expect(get('https://a.example.org/', { signal: controller.signal })).rejects.toMatchObject({
      code: 'INCLUDE_UNREACHABLE',
    });
  });

  test('check the certificate', async () => {
    const { get } = await fetcher();
    await expect(get('https://a.example.edu/')).rejects.toMatchObject({ code: 'INCLUDE_UNREACHABLE' });
  });
});
