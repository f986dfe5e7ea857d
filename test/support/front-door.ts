import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

/** An address that is known before the server behind it is; with TLS where files are given. */
export interface FrontDoor {
  /** `http://127.0.0.1:<port>`, or `https://…`. */
  readonly url: string;
  /** Where it leads from now on: a URL. Until then it shuts in everybody's face. */
  leadTo(target: string): void;
  close(): Promise<void>;
}

export async function openFrontDoor(tls?: { readonly certificate: string; readonly key: string }): Promise<FrontDoor> {
  const guests = new Set<Socket>();
  let target: URL | undefined;
  const receive = (guest: Socket): void => {
    if (target === undefined) return void guest.destroy();
    const inner = connect(Number(target.port), target.hostname);
    for (const socket of [guest, inner]) {
      guests.add(socket);
      socket.on('close', () => guests.delete(socket));
    }
    guest.on('error', () => inner.destroy()).pipe(inner);
    inner.on('error', () => guest.destroy()).pipe(guest);
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
      for (const guest of guests) guest.destroy();
      await closed;
    },
  };
}
