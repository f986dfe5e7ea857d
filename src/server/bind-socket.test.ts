import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { bindSocket } from './bind-socket.ts';

test('a bound socket holds its port, and frees it', async () => {
  const socket = await bindSocket('127.0.0.1:0');
  expect(socket.fd).toBeGreaterThan(2);
  socket.close();
});

test('a port that another process listens on is refused at once', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void holder.close());
  await once(holder, 'listening');
  const { port } = holder.address() as AddressInfo;
  await expect(bindSocket(`127.0.0.1:${port}`)).rejects.toMatchObject({
    code: 'SERVER_PORT_IN_USE',
  });
});

test('an address of no machine is refused at once', async () => {
  await expect(bindSocket('192.0.2.1:0')).rejects.toThrow('EADDRNOTAVAIL');
});
