import { once } from 'node:events';
import { createServer } from 'node:net';

/** Linux gives none of these to programs that ask for any port, nor to connections. */
const [FIRST, COUNT] = [10_000, 20_000];

const given = new Set<number>();

/** A free port of the loopback, for programs that need its number. No other program takes it unless it asks for this one. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
