import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

/** An address that is known before the server behind it is; with TLS where files are given. */
export interface EarlyAddress {
  /** `http://127.0.0.1:<port>`, or `https://…`. */
  readonly url: string;
  /** Where it leads from now on: a URL. Until then it closes every connection. */
  leadTo(target: string): void;
  close(): Promise<void>;
}

export async function openEarlyAddress(tls?: {
  readonly certificate: string;
  readonly key: string;
}): Promise<EarlyAddress> {
  const sockets = new Set<Socket>();
  let target: URL | undefined;
  const receive = (client: Socket): void => {
    if (target === undefined) return void client.destroy();
    const inner = connect(Number(target.port), target.hostname);
    for (const socket of [client, inner]) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    }
    client.on('error', () => inner.destroy()).pipe(inner);
    inner.on('error', () => client.destroy()).pipe(client);
  };
  const server: Server =
    tls === undefined
      ? createServer(receive)
      : createTlsServer({ cert: await readFile(tls.certificate), key: await readFile(tls.key) }, receive);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    leadTo: (url) => void (target = new URL(url)),
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const client of sockets) client.destroy();
      await closed;
    },
  };
}
