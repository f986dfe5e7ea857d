import { Hono } from 'hono';
import { describe, expect, test } from 'vitest';
import { addressOfRequest, findAddresses } from './remote-address.ts';

const trustedProxies = ['127.0.0.1', '10.0.0.0/8', '2001:db8:1::/48'];

async function addressOf(
  remoteAddress: string | undefined,
  headers: Readonly<Record<string, string>> = {},
  settings: Partial<Parameters<typeof findAddresses>[0]> = {},
): Promise<string> {
  const app = new Hono();
  app.use('*', findAddresses({ trustedProxies, forwardedHeader: 'X-Forwarded-For', ...settings }));
  app.get('/', (c) => c.text(addressOfRequest(c) ?? 'none'));
  const env = remoteAddress === undefined ? {} : { incoming: { socket: { remoteAddress } } };
  return (await app.request('/', { headers }, env)).text();
}

describe('the address of a request', () => {
  test.each([
    ['192.0.2.7', '203.0.113.9'],
    ['::ffff:192.0.2.7', '127.0.0.1'],
    [undefined, '203.0.113.9'],
  ])('is that of the connection, unless it is a trusted proxy’s: %s', async (peer, header) => {
    const expected = peer === undefined ? 'none' : '192.0.2.7';
    expect(await addressOf(peer, { 'x-forwarded-for': header, forwarded: `for=${header}` })).toBe(expected);
  });

  test('is that of the proxy without the setting', async () => {
    expect(await addressOf('127.0.0.1', { 'x-forwarded-for': '192.0.2.7' }, { trustedProxies: [] })).toBe('127.0.0.1');
  });

  test.each([
    ['192.0.2.7', '192.0.2.7'],
    ['192.0.2.7:51234', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:DB8:2::5', '2001:db8:2::5'],
    ['[2001:db8:2::5]:443', '2001:db8:2::5'],
    ['192.0.2.7, 10.1.2.3, 2001:db8:1::9', '192.0.2.7'],
    // What a client writes stands before what the proxies add.
    ['203.0.113.9, 127.0.0.1, 192.0.2.7', '192.0.2.7'],
    ['203.0.113.9, 192.0.2.7, 10.1.2.3', '192.0.2.7'],
    ['10.9.9.9, 10.1.2.3', '10.9.9.9'],
    ['192.0.2.7, unknown, 10.1.2.3', '10.1.2.3'],
    ['nonsense', '127.0.0.1'],
    ['', '127.0.0.1'],
  ])('is the last untrusted one of X-Forwarded-For: %s', async (header, expected) => {
    expect(await addressOf('127.0.0.1', { 'x-forwarded-for': header, forwarded: 'for=203.0.113.99' })).toBe(expected);
  });

  test.each([
    ['for=192.0.2.7', '192.0.2.7'],
    ['For="[2001:db8:2::5]:4711";proto=https;by=10.0.0.1', '2001:db8:2::5'],
    ['for=203.0.113.9, proto=https;for=192.0.2.7;host=ci.example.org, for=10.1.2.3', '192.0.2.7'],
    ['for=192.0.2.7, for=_hidden', '127.0.0.1'],
    ['proto=https', '127.0.0.1'],
  ])('is that of Forwarded where the proxies write that: %s', async (header, expected) => {
    const headers = { forwarded: header, 'x-forwarded-for': '203.0.113.99' };
    expect(await addressOf('127.0.0.1', headers, { forwardedHeader: 'Forwarded' })).toBe(expected);
  });
});
