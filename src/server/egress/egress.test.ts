import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createServer as createSocketServer, type AddressInfo, type Server as SocketServer } from 'node:net';
import { mkdir } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { Hono } from 'hono';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sketchJob } from '../../../test/support/memory-job-service.ts';
import { openRunnerBench, type RunnerBench } from '../../../test/support/runner-bench.ts';
import { silentLogger } from '../../../test/support/silent-logger.ts';
import { settingsOf } from '../../coordinator/index.ts';
import { networkNamespace, sandboxAvailable, type ConnectedJob, type JobNetwork } from '../../executor/index.ts';
import { machineInternet } from './internet.ts';
import { serverNetwork } from './server-network.ts';
import { writeSshConnector } from './ssh-connector.ts';

const canRun = (await sandboxAvailable()) && (await networkNamespace()) !== undefined;
if (!canRun) process.stderr.write('skipped: needs user namespaces, and bubblewrap or util-linux\n');
/** An address of this machine besides loopback, which stands for a mirror inside the site. */
const outer = Object.values(networkInterfaces())
  .flatMap((all) => all ?? [])
  .find(({ internal, address }) => !internal && !address.startsWith('fe80'))?.address;
if (outer === undefined) process.stderr.write('skipped: this machine has no address besides loopback\n');

const PROXY = 3128;
const SSHD = '93.184.216.36';
const SINK = '93.184.216.35';
const PUBLIC = '93.184.216.34';
const BIG = 5_000_000;
const FORK_BYTES = 100_000;
const FUNCTIONS = [
  'talk() { exec 3<>"/dev/tcp/$1/$2" || return 1; printf "%s\\r\\n" "$3" "Host: ${4:-x}" "Connection: close" "" >&3; cat <&3; echo; }',
  `proxied() { talk 127.0.0.1 ${PROXY} "$1 HTTP/1.1" "$2"; }`,
];

let bench: RunnerBench;
let mirror: Server;
let secret: Server;
let big: Server;
let sink: SocketServer;
let app: Hono;
const doubles: Record<string, SocketServer> = {};
const addresses: Record<string, readonly string[]> = {};

async function serve(text: string, host: string): Promise<Server> {
  const server = createServer((request, response) => response.end(`${text} ${request.method} ${request.url}\n`));
  server.listen(0, host);
  await once(server, 'listening');
  return server;
}

const portOf = (server: SocketServer) => (server.address() as AddressInfo).port;

beforeEach(async () => {
  bench = await openRunnerBench();
  mirror = await serve('from the mirror', outer ?? '127.0.0.1');
  secret = await serve('secret of the host', '127.0.0.1');
  big = await serve('x'.repeat(BIG), '127.0.0.1');
  sink = createSocketServer((socket) => socket.on('error', () => undefined).resume()).listen(0, '127.0.0.1');
  await once(sink, 'listening');
  Object.assign(doubles, { [PUBLIC]: big, [SINK]: sink });
  Object.assign(addresses, {
    'mirror.site.test': [outer ?? '127.0.0.1'],
    'rebound.gnu.org': ['127.0.0.1'],
    'half.gnu.org': [PUBLIC, '10.0.0.1'],
    'ftp.gnu.org': [PUBLIC],
    'sink.gnu.org': [SINK],
    'metadata.gnu.org': ['169.254.169.254'],
    'mapped.gnu.org': ['::ffff:127.0.0.1'],
    'nat64.gnu.org': ['64:ff9b::7f00:1'],
    'own.gnu.org': [outer ?? '10.0.0.1'],
  });
  app = new Hono();
  app.all('*', (c) => c.text(`server: ${c.req.method} ${c.req.path}\n`));
});
afterEach(async () => {
  await bench.close();
  for (const server of [mirror, secret, big, sink]) server.close();
});

function networkAt(url: string, hosts: readonly object[] = []): JobNetwork {
  const site = { host: 'mirror.site.test', ports: [portOf(mirror)], allowPrivate: true };
  const rebound = { host: 'rebound.gnu.org', ports: [portOf(secret)] };
  const network = { hosts: [site, rebound, ...hosts], forkBytes: FORK_BYTES };
  return serverNetwork({
    settings: settingsOf({ network: network as never }, {}),
    url,
    fetch: app.fetch,
    log: silentLogger,
    internet: {
      resolve: async (host) => addresses[host] ?? Promise.reject(new Error('no such name')),
      // Some public addresses stand for servers of this test.
      connect: async (address, port) => {
        const double = doubles[address];
        return double === undefined
          ? machineInternet.connect(address, port)
          : machineInternet.connect('127.0.0.1', portOf(double));
      },
    },
  });
}

interface Trial {
  readonly trust?: ConnectedJob['trust'];
  /** Without it jobs have the network of the host. */
  readonly network?: JobNetwork | undefined;
}

async function programFolder(): Promise<string> {
  const folder = join(bench.folder, 'bin');
  await mkdir(folder, { recursive: true });
  await writeSshConnector(folder);
  return folder;
}

async function run(script: readonly string[], { trust = 'protected', ...trial }: Trial = {}): Promise<string> {
  const network = 'network' in trial ? trial.network : networkAt('http://127.0.0.1:8080');
  bench.jobs.offer({
    ...sketchJob({ id: 1, script: [...FUNCTIONS, ...script.map((line) => `${line} || true`)] }),
    trust,
  });
  await bench.startRunner({
    base: { PATH: '/usr/bin:/bin' },
    path: await programFolder(),
    sandbox: { mode: 'always', hidden: [], readable: [process.execPath, join(bench.folder, 'bin')] },
    ...(network === undefined ? {} : { network }),
  });
  await bench.jobs.finished(1);
  return bench.jobs.log(1);
}

const hasSsh = spawnSync('sh', ['-c', 'command -v git && command -v ssh']).status === 0;
if (!hasSsh) process.stderr.write('skipped: this machine has no git or no ssh\n');

describe.skipIf(!canRun || !hasSsh)('git over ssh in a sandbox', () => {
  const script = ['git ls-remote ssh://git@github.com/o/r'];

  test('connects through the proxy to a listed host', async () => {
    let heard = '';
    const sshd = createSocketServer((socket) => {
      socket
        .on('error', () => undefined)
        .once('data', (bytes: Buffer) => {
          heard += bytes.toString('latin1');
          socket.end('SSH-2.0-test\r\n');
        });
    }).listen(0, '127.0.0.1');
    await once(sshd, 'listening');
    addresses['github.com'] = [SSHD];
    doubles[SSHD] = sshd;
    const log = await run(script);
    sshd.close();
    expect(heard, log).toMatch(/^SSH-2.0-/);
  });

  test('shows a fork why it is refused', async () => {
    const log = await run(script, { trust: 'untrusted' });
    expect(log.match(/Jobs of forks may not reach `github.com:22`/g)).toHaveLength(2);
  });
});

describe.skipIf(!canRun)('a job in a sandbox', () => {
  test('reaches the server at the address that it knows, but only what is for jobs', async () => {
    const at = 'talk 127.0.0.1 8080';
    const log = await run([
      `${at} 'GET /stacks/lab.git/info/refs HTTP/1.1'`,
      `${at} 'PUT /s3/lab/key HTTP/1.1'`,
      `${at} 'GET /api/v1/pipelines HTTP/1.1'`,
      `${at} 'POST /api/v1/stacks/lab/requests/1/approve HTTP/1.1'`,
      `${at} 'PUT /api/v4/jobs/1 HTTP/1.1'`,
      `${at} 'GET /s3/../api/v1/jobs HTTP/1.1'`,
      `${at} 'GET /%61pi/v1/events HTTP/1.1'`,
    ]);
    expect(log).toContain('server: GET /stacks/lab.git/info/refs\n');
    expect(log).toContain('server: PUT /s3/lab/key\n');
    expect(log.match(/server: /g)).toHaveLength(2);
    expect(log.match(/EGRESS_ROUTE_REFUSED/g)).toHaveLength(5);
  });

  test('does not reach services of the host, which it does without the policy', async () => {
    const script = [`talk 127.0.0.1 ${portOf(secret)} 'GET / HTTP/1.1'`];
    const log = await run(script);
    expect(log).toContain('Connection refused');
    expect(log).not.toContain('secret of the host');
    await bench.close();
    bench = await openRunnerBench();
    expect(await run(script, { network: undefined })).toContain('secret of the host GET /');
  });

  test.skipIf(outer === undefined)('has no route to any address', async () => {
    const log = await run([
      `talk ${outer} ${portOf(mirror)} 'GET / HTTP/1.1'`,
      "talk 169.254.169.254 80 'GET / HTTP/1.1'",
    ]);
    expect(log).toContain(`/dev/tcp/${outer}/${portOf(mirror)}: Network is unreachable`);
    expect(log).toContain('/dev/tcp/169.254.169.254/80: Network is unreachable');
  });

  test.skipIf(outer === undefined)('reaches a listed host through the proxy', async () => {
    const host = `mirror.site.test:${portOf(mirror)}`;
    const log = await run([
      'env | grep -i _proxy=',
      `proxied 'GET http://${host}/a?b'`,
      `exec 3<>/dev/tcp/127.0.0.1/${PROXY}`,
      `printf 'CONNECT ${host} HTTP/1.1\\r\\n\\r\\nGET /tunnel HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n' >&3`,
      'cat <&3',
      `proxied 'POST http://${host}/a'`,
    ]);
    for (const name of ['http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY'])
      expect(log).toContain(`${name}=http://127.0.0.1:${PROXY}\n`);
    expect(log).toContain('from the mirror GET /a?b\n');
    expect(log).toContain('200 Connection established');
    expect(log).toContain('from the mirror GET /tunnel\n');
    expect(log).toContain('from the mirror POST /a\n');
  });

  test.each([
    ['http://evil.test/', 'the network policy does not list this host'],
    ['http://mirror.gnu.org:22/', 'with the ports 80, 443'],
    ['http://metadata.gnu.org/', 'its address 169.254.169.254 is link-local'],
    ['http://half.gnu.org/', 'its address 10.0.0.1 is private'],
    ['http://mapped.gnu.org/', 'its address ::ffff:127.0.0.1 is loopback'],
    ['http://nat64.gnu.org/', 'its address 64:ff9b::7f00:1 is rfc6052'],
    ['http://2130706433/', 'the network policy does not list this host'],
    ['http://0x7f.1/', 'the network policy does not list this host'],
    ['http://169.254.169.254/latest/meta-data/', 'the network policy does not list this host'],
    ['http://evil.test.gnu.org@127.0.0.1/', 'the network policy does not list this host'],
  ])('is refused %s, and its log names the reason', async (url, reason) => {
    const any = networkAt('http://127.0.0.1:8080', url.includes('//2130') ? [{ host: '*' }] : []);
    const log = await run([`proxied 'GET ${url}'`], { network: any });
    expect(log).toContain('403 Forbidden');
    expect(log).toMatch(/WARNING: Jobs may not reach/);
    expect(log).toContain(reason);
    expect(log).toContain('hint: ');
  });

  test('is refused a listed name that leads to the host, by CONNECT too', async () => {
    const port = portOf(secret);
    const log = await run([
      `proxied 'GET http://rebound.gnu.org:${port}/'`,
      `proxied 'CONNECT rebound.gnu.org:${port}'`,
    ]);
    expect(log.match(/its address 127.0.0.1 is loopback\.\nhint/g)).toHaveLength(2);
    expect(log).not.toContain('secret of the host');
  });

  test('of a fork reaches sources only', async () => {
    const script = [
      "proxied 'CONNECT github.com:22'",
      `proxied 'GET http://mirror.site.test:${portOf(mirror)}/'`,
      "proxied 'POST http://ftp.gnu.org/'",
    ];
    const log = await run(script, { trust: 'untrusted' });
    expect(log).toMatch(/WARNING: Jobs of forks may not reach `github.com:22`/);
    expect(log).toMatch(/WARNING: Jobs of forks may not reach `mirror.site.test:/);
    expect(log).toContain('WARNING: Jobs of forks may not send `POST` to `ftp.gnu.org:80`');
    expect(log).not.toContain('from the mirror');
  });

  test.each([
    ['untrusted', 'GET http://ftp.gnu.org/', false],
    ['untrusted', 'CONNECT ftp.gnu.org:443', false],
    ['pull-request', 'GET http://ftp.gnu.org/', true],
    ['pull-request', 'CONNECT ftp.gnu.org:443', true],
  ] as const)('of trust `%s` downloads by %s without a limit: %s', async (trust, request, isWhole) => {
    const inner = request.startsWith('CONNECT')
      ? `; printf 'GET / HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n' >&3`
      : '';
    const talk = `exec 3<>/dev/tcp/127.0.0.1/${PROXY}; printf '${request} HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n' >&3${inner}`;
    const log = await run([talk, 'echo "bytes: $(cat <&3 | wc -c)"'], { trust });
    const bytes = Number(/bytes: (\d+)\n/.exec(log)?.[1]);
    if (isWhole) expect(bytes).toBeGreaterThan(BIG);
    else expect(bytes).toBeLessThan(FORK_BYTES + 1_000_000);
    expect(log.includes('a job of a fork may download at most')).toBe(!isWhole);
  });

  test('of a fork sends so many bytes', async () => {
    const log = await run(
      [
        `exec 3<>/dev/tcp/127.0.0.1/${PROXY}; printf 'CONNECT sink.gnu.org:443 HTTP/1.1\\r\\n\\r\\n' >&3`,
        'head -c 50000000 /dev/zero >&3',
      ],
      { trust: 'untrusted' },
    );
    expect(log).toContain('a job of a fork may send at most');
  });

  test('reaches a server with another address through the proxy', async () => {
    const log = await run(
      [
        "proxied 'GET http://slipway.site.test:8080/mirrors/lab/x'",
        "proxied 'GET http://slipway.site.test:8080/api/v1/jobs'",
      ],
      {
        network: networkAt('http://slipway.site.test:8080'),
      },
    );
    expect(log).toContain('server: GET /mirrors/lab/x\n');
    expect(log).toContain('EGRESS_ROUTE_REFUSED');
  });
});
