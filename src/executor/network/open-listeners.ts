import type { Shell } from '../shells/shell.ts';
import type { JobListener } from './job-network.ts';

/**
 * Listens where it runs, and passes the sockets to the parent process by the channel that Node.js has between both. A
 * socket that the parent did not take before it was killed would keep the program running, and then Node.js emits no
 * `disconnect` either.
 */
const PROGRAM = `
const net = require('node:net');
const listeners = JSON.parse(process.argv[1]);
let left = listeners.length;
const finish = () => (left -= 1) === 0 && process.disconnect();
setInterval(() => process.connected || process.exit(left), 100).unref();
for (const { name, host, port, isOptional } of listeners) {
  const server = net.createServer();
  server.on('error', ({ message }) =>
    isOptional ? finish() : process.send({ fault: message, host, port }, () => process.exit(1)));
  server.listen({ host, port }, () => process.send(name, server, {}, () => {
    server.close();
    finish();
  }));
}`;

/** What the program sends where it cannot listen. */
export interface ListeningFault {
  readonly fault: string;
  readonly host: string;
  readonly port: number;
}

/** Runs the program above, closes the channel (descriptor 3) and goes on as the words after it. */
const SCRIPT = [
  '"$1" -e "$2" "$3" || exit 1',
  'shift 3',
  'unset NODE_CHANNEL_FD NODE_CHANNEL_SERIALIZATION_MODE',
  'exec 3>&-',
  'exec "$@"',
].join('; ');

/**
 * Returns words that come before those of a command, within a network namespace: they open the listeners and pass them
 * to this process. A socket belongs to the namespace that it was opened in, wherever it is used, so no process has to
 * stay there to forward connections.
 */
export function openingWords({ program }: Shell, listeners: readonly JobListener[]): readonly string[] {
  return [program, '-c', SCRIPT, 'listeners', process.execPath, PROGRAM, JSON.stringify(listeners)];
}
