import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { expect, test } from 'vitest';
import { namespaceWays, networkNamespace } from './network-namespace.ts';
import { openingWords } from './open-listeners.ts';

const nobodyIds = { uid: 65_534, gid: 65_534 };
const isRoot = process.getuid?.() === 0;
const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
const asNobody = ['setpriv', `--reuid=${nobodyIds.uid}`, `--regid=${nobodyIds.gid}`, '--clear-groups'];
const shell = { program: '/bin/bash', name: 'bash' } as const;

/** Every way for this user, and where root runs the tests for another user as well. */
const cases = [
  ...namespaceWays(own).map((words) => ({ user: 'this user', uid: own.uid, words: [...words] as string[] })),
  ...(isRoot ? namespaceWays(nobodyIds) : []).map((words) => ({
    user: 'nobody',
    uid: nobodyIds.uid,
    words: [...asNobody, ...words],
  })),
]
  .map((one, index) => ({
    ...one,
    name: `${one.user}: ${one.words.find((word) => /bwrap|unshare/.test(word))} (${index})`,
  }))
  .filter(({ words, name }) => {
    const works = tryOut(words);
    if (!works) process.stderr.write(`skipped: this machine cannot create a network namespace by ${name}\n`);
    return works;
  });

function tryOut(words: readonly string[]): boolean {
  return spawnSync(words[0] ?? '', [...words.slice(1), 'true']).status === 0;
}

interface Outcome {
  readonly output: string;
  readonly served: readonly string[];
}

/** Runs a script in a namespace with one listener, whose requests this process answers. */
async function runIn(words: readonly string[], script: string, port = 8080): Promise<Outcome> {
  const listeners = [
    { name: 'one', host: '127.0.0.1', port },
    { name: 'none', host: '203.0.113.1', port: 8080, isOptional: true } as const,
  ];
  const served: string[] = [];
  const http = createServer((request, response) => {
    served.push(request.url ?? '');
    response.end('answer of this process\n');
  });
  const all = [...words, ...openingWords(shell, listeners), shell.program, '-c', script];
  const child = spawn(all[0] ?? '', all.slice(1), { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  const opened: Server[] = [];
  child.on('message', (name, server) => {
    expect(name).toBe('one');
    opened.push(server as Server);
    (server as Server).on('connection', (socket) => http.emit('connection', socket));
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (bytes: Buffer) => (output += bytes.toString()));
  await once(child, 'close');
  for (const server of opened) server.close();
  return { output, served };
}

async function hostService(): Promise<HttpServer> {
  const server = createServer((_, response) => response.end('service of the host\n')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

const get = (port: number, path: string) =>
  `exec 4<>/dev/tcp/127.0.0.1/${port} && printf 'GET ${path} HTTP/1.0\\r\\n\\r\\n' >&4 && cat <&4`;

test.each(cases)('sockets that are opened in a namespace serve it alone, by $name', async ({ words, uid }) => {
  const host = await hostService();
  const { port } = host.address() as AddressInfo;
  const script = [
    'id -u',
    'env | grep NODE_CHANNEL',
    '[ -e /proc/self/fd/3 ] && echo "the channel is open"',
    get(8080, '/a'),
    get(port, '/b'),
    // A job cannot change its network, not even as root of a user namespace.
    'unshare --user --map-root-user ip link set lo down && echo "changed"',
    get(8080, '/c'),
  ];
  const { output, served } = await runIn(words, script.join('\n'));
  host.close();
  expect(output.split('\n')[0]).toBe(String(uid));
  expect(served).toEqual(['/a', '/c']);
  expect(output.match(/answer of this process/g)).toHaveLength(2);
  expect(output).toMatch(/127.0.0.1\/\d+: Connection refused/);
  expect(output).not.toMatch(/service of the host|NODE_CHANNEL|the channel is open|changed/);
});

test.each(cases)('a command keeps its PATH, by $name', ({ words: [program = '', ...words] }) => {
  const PATH = `/job/bin:${process.env['PATH']}`;
  const { stdout } = spawnSync(program, [...words, '/bin/sh', '-c', 'echo "$PATH"'], {
    env: { PATH },
    encoding: 'utf8',
  });
  expect(stdout).toBe(`${PATH}\n`);
});

/** The way in which a user who is not root can open ports below 1024. */
const [low = []] = (isRoot ? namespaceWays(nobodyIds, 80) : namespaceWays(own, 80))
  .filter(([name]) => name === 'unshare')
  .map((words) => [...(isRoot ? asNobody : []), ...words]);

test.skipIf(!tryOut(low))('an ordinary user opens sockets on ports below 1024', async () => {
  expect((await runIn(low, get(80, '/low'), 80)).served).toEqual(['/low']);
  const found = await networkNamespace([443, 80]);
  expect((await runIn(found ?? [], get(80, '/found'), 80)).served).toEqual(['/found']);
});

test('the first way that works is taken', async () => {
  const [first] = cases.filter(({ user }) => user === 'this user');
  const found = await networkNamespace();
  expect(found?.slice(1)).toEqual(first?.words.slice(1));
});
