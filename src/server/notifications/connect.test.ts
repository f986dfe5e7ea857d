import { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { notificationConnect } from './connect.ts';

const socket = new Duplex() as Socket;
const internet = (address: string, connected: string[] = []) => ({
  resolve: async () => [address],
  connect: async (to: string) => {
    connected.push(to);
    return socket;
  },
});
const connectTo = (address: string, scope: 'public' | 'site') =>
  notificationConnect({ network: {}, env: {}, internet: internet(address) })(
    { host: 'h.example.org', port: 443 },
    scope,
  );

test.each(['10.0.0.1', '127.0.0.1', '192.168.7.7', '::1', '169.254.169.254', '100.100.100.200'])(
  '%s is no public address',
  async (address) => {
    await expect(connectTo(address, 'public')).rejects.toMatchObject({
      code: 'NOTIFICATION_HOST_REFUSED',
      hint: expect.stringContaining('allowPrivate'),
    });
  },
);

test.each(['10.0.0.1', '127.0.0.1', '93.184.216.34'])(
  '%s is reached where private addresses are allowed',
  async (to) => {
    expect(await connectTo(to, 'site')).toBe(socket);
  },
);

test.each(['169.254.169.254', '100.100.100.200', '168.63.129.16', 'fd00:ec2::254'])(
  '%s, a metadata service or link-local, is never reached',
  async (address) => {
    await expect(connectTo(address, 'site')).rejects.toMatchObject({ code: 'NOTIFICATION_HOST_REFUSED' });
  },
);

test('a public host is reached by the proxy of the site, and one of the site is not', async () => {
  const connected: string[] = [];
  const env = { HTTPS_PROXY: 'http://192.0.2.7:3128' };
  const network = { resolve: async (host: string) => [host === 'in' ? '10.0.0.1' : '93.184.216.34'] };
  const connect = notificationConnect({ network: {}, env, internet: { ...internet('', connected), ...network } });
  await connect({ host: 'in', port: 25 }, 'site');
  expect(connected).toEqual(['10.0.0.1']);
  await expect(connect({ host: 'in', port: 443 }, 'public')).rejects.toMatchObject({
    code: 'NOTIFICATION_HOST_REFUSED',
  });
  expect(connected).toHaveLength(1);
});
