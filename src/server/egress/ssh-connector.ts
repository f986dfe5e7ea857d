import { join } from 'node:path';
import { atomicWrite } from '../../kit/index.ts';

const NAME = 'connect-through-proxy';

/** Connects standard input and output to a host by the proxy; a refusal goes to standard error. */
const PROGRAM = `#!${process.execPath}
const [host, port] = process.argv.slice(2);
const proxy = new URL(process.env.http_proxy);
const request = require('node:http').request({
  host: proxy.hostname, port: proxy.port, method: 'CONNECT', path: host + ':' + port,
});
request.on('error', (error) => {
  console.error(error.message);
  process.exitCode = 1;
});
request.on('connect', ({ statusCode }, socket, head) => {
  if (statusCode !== 200) {
    process.stderr.write(head);
    socket.pipe(process.stderr);
    process.exitCode = 1;
    return;
  }
  process.stdout.write(head);
  socket.on('error', () => process.exit(1));
  socket.on('close', () => process.exit());
  process.stdin.pipe(socket).pipe(process.stdout);
});
request.end();
`;

/** By which git fetches over ssh, which knows no HTTP proxies itself. */
export const sshCommand = `ssh -o ProxyCommand="${NAME} %h %p"`;

/** Writes the program that `sshCommand` names into a folder that jobs have on their PATH. */
export async function writeSshConnector(folder: string): Promise<void> {
  await atomicWrite(join(folder, NAME), PROGRAM, { mode: 0o755 });
}
