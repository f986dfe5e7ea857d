import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, createServer as createSocketServer, type AddressInfo, type Server as SocketServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Hono } from 'hono';
import { fetch, ProxyAgent } from 'undici';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLogger } from '../../../test/support/silent-logger.ts';
import type { AuditEntry } from '../../audit/index.ts';
import { settingsOf } from '../../coordinator/index.ts';
import { machineInternet } from './internet.ts';
import { serverNetwork } from './server-network.ts';

const PUBLIC = '93.184.216.34';
const fixture = (name: string) => fileURLToPath(new URL(`../../../test/fixtures/tls/${name}.pem`, import.meta.url));
const tls = { certificate: fixture('certificate'), key: fixture('key') };
const pem = { cert: readFileSync(tls.certificate), key: readFileSync(tls.key) };

const closing: (Server | SocketServer)[] = [];
const connections: string[] = [];
const lines: string[] = [];
const audited: AuditEntry[] = [];
let host: Server;
let answer: Parameters<typeof createServer>[1];

beforeEach(async () => {
  for (const list of [connections, lines, audited]) list.length = 0;
  answer = (request, response) => response.end(`${request.method} ${request.url} of ${request.headers.host}`);
  host = await listening(createServer((request, response) => answer?.(request, response)));
});
afterEach(() => {
  for (const server of closing.splice(0)) server.close();
});

async function listening<Kind extends Server | SocketServer>(server: Kind): Promise<Kind> {
  server.listen(0, '127.0.0.1');
  closing.push(server);
  await once(server, 'listening');
  return server;
}
const portOf = (server: SocketServer) => (server.address() as AddressInfo).port;

interface ProxyOptions {
  readonly url?: string;
  readonly tls?: typeof tls;
  /** `network.proxy` of the configuration. */
  readonly proxy?: string;
  /** Stands for the public address. */
  readonly outside?: SocketServer;
}

/** Returns an agent for the proxy, which listens here instead of in a namespace. */
async function proxyFor({ url = 'http://127.0.0.1:8080', tls: files, proxy: site, outside = host }: ProxyOptions = {}) {
  const app = new Hono();
  app.all('*', (c) => c.text(`server ${c.req.path}`));
  const { serve } = serverNetwork({
    settings: settingsOf(
      {
        network: { hosts: [{ host: 'local.test' }] as never, ...(site === undefined ? {} : { proxy: site }) },
        tls: files,
      },
      {},
    ),
    url,
    fetch: app.fetch,
    log: silentLogger,
    audit: (entry) => void audited.push(entry),
    internet: {
      resolve: async (name) => (name === 'local.test' || name.startsWith('slipway.') ? ['127.0.0.1'] : [PUBLIC]),
      connect: (address, port) => {
        connections.push(`${address}:${port}`);
        return machineInternet.connect('127.0.0.1', portOf(outside));
      },
    },
  });
  const job = { id: 1, trust: 'protected', project: 'lab', print: (line: string) => void lines.push(line) } as const;
  const proxy = await listening(
    createSocketServer({ allowHalfOpen: true }, (socket) => serve(socket, { listener: 'proxy', job })),
  );
  const uri = `http://127.0.0.1:${portOf(proxy)}`;
  return {
    uri,
    tunnel: new ProxyAgent({ uri, proxyTunnel: true, requestTls: { rejectUnauthorized: false } }),
    plain: new ProxyAgent({ uri, proxyTunnel: false }),
  };
}

test('a plain request goes to the address that was checked, with the host of its URL', async () => {
  const { plain } = await proxyFor();
  const response = await fetch('http://ftp.gnu.org/gnu/a.tar.gz?x=1', {
    dispatcher: plain,
    headers: { 'X-Own': 'kept' },
  });
  expect(await response.text()).toBe('GET /gnu/a.tar.gz?x=1 of ftp.gnu.org');
  expect(connections).toEqual([`${PUBLIC}:80`]);
});

test('answers come as they are: status, length, encoding, redirects', async () => {
  answer = (_, response) => {
    response.writeHead(302, { Location: 'http://169.254.169.254/', 'Content-Encoding': 'gzip', 'Content-Length': 3 });
    response.end('abc');
  };
  const { plain } = await proxyFor();
  const init = { dispatcher: plain, redirect: 'manual', method: 'HEAD' } as const;
  const { status, headers } = await fetch('http://ftp.gnu.org/', init);
  expect([status, headers.get('location'), headers.get('content-encoding'), headers.get('content-length')]).toEqual([
    302,
    'http://169.254.169.254/',
    'gzip',
    '3',
  ]);
  await expect(fetch('http://ftp.gnu.org/', { dispatcher: plain })).resolves.toMatchObject({ status: 403 });
});

test('a body is sent on with its length', async () => {
  answer = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (bytes: Buffer) => chunks.push(bytes));
    request.on('end', () => response.end(`${request.headers['content-length']} ${Buffer.concat(chunks).toString()}`));
  };
  const { plain } = await proxyFor();
  const response = await fetch('http://ftp.gnu.org/', { dispatcher: plain, method: 'POST', body: 'a report' });
  expect(await response.text()).toBe('8 a report');
});

test('a host that ends the connection early is an error of the gateway, not of the proxy', async () => {
  answer = (request) => request.socket.destroy();
  const { plain } = await proxyFor();
  const response = await fetch('http://ftp.gnu.org/', { dispatcher: plain });
  expect(response.status).toBe(502);
  expect(await response.text()).toContain('cannot be reached from the server');
  expect(lines.join('\n')).toContain('`ftp.gnu.org:80` cannot be reached from the server');
});

test('a tunnel leads to TLS of a listed host', async () => {
  const outside = await listening(createTlsServer(pem, (request, response) => response.end(`tls ${request.url}`)));
  const { tunnel } = await proxyFor({ outside });
  expect(await (await fetch('https://FTP.gnu.org./a', { dispatcher: tunnel })).text()).toBe('tls /a');
  expect(connections).toEqual([`${PUBLIC}:443`]);
});

test('a refusal is logged once, however often a job repeats it', async () => {
  const { tunnel } = await proxyFor();
  for (let count = 0; count < 3; count += 1)
    await expect(fetch('https://local.test/', { dispatcher: tunnel })).rejects.toThrow('fetch failed');
  const reason = 'Jobs may not reach `local.test:443`, because its address 127.0.0.1 is loopback.';
  expect(lines).toEqual([expect.stringContaining(reason)]);
  const entry = {
    who: 'job:1',
    action: 'network.connect',
    stack: 'lab',
    on: 'local.test:443',
    outcome: 'refused',
    reason,
  };
  expect(audited).toEqual(Array.from({ length: 3 }, () => ({ ...entry, details: { code: 'EGRESS_ADDRESS_REFUSED' } })));
  expect(connections).toEqual([]);
});

test('the server answers at its own address, with TLS where it has the files', async () => {
  const { tunnel } = await proxyFor({ url: 'https://slipway.site.test', tls });
  const at = (path: string) => fetch(`https://slipway.site.test${path}`, { dispatcher: tunnel });
  expect(await (await at('/s3/lab/key')).text()).toBe('server /s3/lab/key');
  expect((await at('/api/v1/jobs')).status).toBe(403);
  expect(connections).toEqual([]);
});

test('behind a TLS proxy jobs reach the server by plain HTTP, and never that proxy', async () => {
  const outside = await listening(createTlsServer(pem, (_, response) => response.end('the site’s own proxy')));
  const { tunnel, plain } = await proxyFor({ url: 'https://slipway.site.test', outside });
  for (const dispatcher of [tunnel, plain]) {
    const at = (path: string) => fetch(`http://slipway.site.test${path}`, { dispatcher });
    expect(await (await at('/s3/lab/key')).text()).toBe('server /s3/lab/key');
    expect((await at('/api/v1/jobs')).status).toBe(403);
  }
  for (const url of ['https://slipway.site.test/s3/lab/key', 'https://slipway.site.test:8443/'])
    await expect(fetch(url, { dispatcher: tunnel })).rejects.toThrow('fetch failed');
  expect(lines[0]).toContain('Use `http://slipway.site.test` in a sandbox');
  expect(connections).toEqual([]);
});

test('a slow reader gets all that a host has sent before it closed', async () => {
  const size = 30_000_000;
  const outside = await listening(createSocketServer((socket) => socket.resume().end(Buffer.alloc(size))));
  const { uri } = await proxyFor({ outside });
  const client = connect(Number(new URL(uri).port), '127.0.0.1');
  client.write('CONNECT ftp.gnu.org:443 HTTP/1.1\r\n\r\n');
  await once(client, 'readable');
  await sleep(300);
  let bytes = 0;
  for await (const chunk of client) bytes += (chunk as Buffer).length;
  expect(bytes).toBeGreaterThan(size);
});

test('a client that has sent everything still gets the answer', async () => {
  const outside = await listening(
    createSocketServer({ allowHalfOpen: true }, (socket) => socket.resume().on('end', () => socket.end('heard'))),
  );
  const { uri } = await proxyFor({ outside });
  const client = connect({ port: Number(new URL(uri).port), host: '127.0.0.1', allowHalfOpen: true });
  client.end('CONNECT ftp.gnu.org:443 HTTP/1.1\r\n\r\nquestion');
  let text = '';
  for await (const chunk of client) text += String(chunk);
  expect(text).toMatch(/heard$/);
});

test('a proxy of the site is used for public hosts, with its password', async () => {
  const requests: string[] = [];
  const outside = await listening(createTlsServer(pem, (request, response) => response.end(`tls ${request.url}`)));
  const site = createServer((request, response) => {
    requests.push(`${request.method} ${request.url} ${request.headers['proxy-authorization']}`);
    response.end('by the site');
  });
  site.on('connect', (request, socket) => {
    requests.push(`CONNECT ${request.url} ${request.headers['proxy-authorization']}`);
    const inner = connect(portOf(outside), '127.0.0.1');
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    inner.pipe(socket).pipe(inner);
  });
  await listening(site);
  const { tunnel, plain } = await proxyFor({ proxy: 'http://ada:se%3Acret@proxy.site.test:3128', outside: site });
  expect(await (await fetch('https://ftp.gnu.org/a', { dispatcher: tunnel })).text()).toBe('tls /a');
  expect(await (await fetch('http://ftp.gnu.org/b', { dispatcher: plain })).text()).toBe('by the site');
  await expect(fetch('https://local.test/', { dispatcher: tunnel })).rejects.toThrow('fetch failed');
  const basic = `Basic ${Buffer.from('ada:se:cret').toString('base64')}`;
  expect(requests).toEqual([`CONNECT ftp.gnu.org:443 ${basic}`, `GET http://ftp.gnu.org/b ${basic}`]);
  expect(connections).toEqual([`${PUBLIC}:3128`, `${PUBLIC}:3128`]);
});

test('clients that break off at any point, and hosts that do, leave the proxy at work', async () => {
  const outside = await listening(
    createSocketServer((socket) => {
      socket.on('error', () => undefined).write('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n');
      setTimeout(() => socket.resetAndDestroy(), 5);
    }),
  );
  const { uri, plain } = await proxyFor({ outside });
  const requests = [
    'CONNECT ftp.gnu.org:443 HTTP/1.1\r\n\r\n'.padEnd(5000, 'x'),
    'CONNECT 127.0.0.1:8080 HTTP/1.1\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n',
    'GET http://ftp.gnu.org/ HTTP/1.1\r\nHost: x\r\n\r\nGET http://ftp.gnu.org/ HTTP/1.1\r\nHost: x\r\n\r\n',
    'POST http://ftp.gnu.org/ HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\nExpect: 100-continue\r\n\r\nbody',
    'GET http://127.0.0.1:8080/s3/x HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n',
    'GET http://evil.test/ HTTP/1.1\r\nHost: x\r\n\r\n',
    '\u0000\u0001not http\r\n\r\n',
  ];
  const clients = requests.flatMap((text) =>
    [...Array(20).keys()].map(async (count) => {
      const client = connect(Number(new URL(uri).port), '127.0.0.1').on('error', () => undefined);
      client.write(text.slice(0, count === 0 ? undefined : Math.ceil((text.length * count) / 15)));
      await sleep(count % 7);
      client.resetAndDestroy();
    }),
  );
  await Promise.all(clients);
  await sleep(100);
  expect(await (await fetch('http://127.0.0.1:8080/healthz', { dispatcher: plain })).text()).toBe('server /healthz');
});

test('a refused route of the server is recorded with its job', async () => {
  const { tunnel, plain } = await proxyFor();
  for (const dispatcher of [tunnel, plain])
    expect((await fetch('http://127.0.0.1:8080/api/v1/jobs', { dispatcher })).status).toBe(403);
  const entry = { who: 'job:1', action: 'network.request', stack: 'lab', on: '/api/v1/jobs', outcome: 'refused' };
  expect(audited).toEqual(Array.from({ length: 2 }, () => expect.objectContaining(entry) as unknown));
});

test('what is no request to a proxy is explained', async () => {
  const { uri } = await proxyFor();
  const response = await fetch(`${uri}/index.html`);
  expect(response.status).toBe(400);
  expect(await response.text()).toContain('Send `CONNECT host:port`');
});
