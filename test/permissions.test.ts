import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AwsClient } from 'aws4fetch';
import { Hono } from 'hono';
import { expect, test } from 'vitest';
import type { SignInProvider } from '../src/access/index.ts';
import { DestinationConfiguration, pollStack, type Stack } from '../src/coordinator/index.ts';
import { Secret } from '../src/kit/index.ts';
import { checkRoutes, routesOf } from '../src/server/access/check-routes.ts';
import { createToken } from '../src/server/access/create-token.ts';
import { permissions } from '../src/server/access/permissions.ts';
import { embedded, lock, openLab } from './support/coordinator.ts';
import { MemoryForge } from './support/memory-forge.ts';
import { githubWebhook } from './support/github.ts';
import { temporaryFolder } from './support/mirror-package.ts';
import { labApp } from './support/lab-app.ts';

const columns = [
  'anonymous',
  'reader of another stack',
  'job of another stack',
  '`gitlab-runner`',
  'read',
  'run',
  'approve',
  'admin',
  'local',
] as const;
type Column = (typeof columns)[number];
/** Without sign-in there are no other columns, and a local program has its rights there alone. */
const signedIn = columns.filter((column) => column !== 'local');

interface Row {
  readonly route: string;
  readonly cells: Readonly<Record<Column, string>>;
}

/** The rows of all tables of `docs/reference/permissions.md`. */
async function readRows(): Promise<readonly Row[]> {
  const text = await readFile(join(import.meta.dirname, '../docs/reference/permissions.md'), 'utf8');
  const headings = [...text.matchAll(/^\| route \|(.*)\|$/gm)].map((match) =>
    (match[1] as string).split('|').map((cell) => cell.trim()),
  );
  expect(headings.length).toBeGreaterThan(5);
  for (const heading of headings) expect(heading).toEqual(columns);
  return [...text.matchAll(/^\| `([A-Z]+ [^`]+)` \|(.*)\|$/gm)].map(([, route = '', cells = '']) => {
    const values = cells.split('|').map((cell) => cell.trim());
    expect(values, route).toHaveLength(columns.length);
    return {
      route,
      cells: Object.fromEntries(columns.map((column, index) => [column, values[index]])) as Row['cells'],
    };
  });
}

const rows = await readRows();
const runners = ['embedded', 'remote', 'unregistered'].map((name, index) => ({
  ...embedded,
  id: index + 1,
  name,
  token: `glrt-${name}`,
}));
const notifications = [DestinationConfiguration.parse({ name: 'team', slack: { url: { env: 'URL' } } })];
const provider: SignInProvider = {
  id: 'openid',
  title: 'OpenID Connect',
  roles: [],
  namesActors: false,
  begin: async () => new URL('https://id.example.org/authorize'),
  finish: async () => ({ name: 'ada', groups: [] }),
};

interface Sender {
  readonly headers: Readonly<Record<string, string>>;
  /** Fields of the bodies of the runner API. */
  readonly body?: Readonly<Record<string, string>>;
  readonly s3?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** What the listener reports of the connection. */
  readonly connection?: object;
}

const loopback = { listener: 'loopback', incoming: { socket: { remoteAddress: '127.0.0.1' } } };

let lab: Awaited<ReturnType<typeof openLab>>;
let app: Hono;
let senders: Readonly<Record<Column, Sender>>;
let values: Readonly<Record<string, string>>;

async function openSite(): Promise<void> {
  lab = await openLab({
    stack: { private: true, notifications },
    hookToken: new Secret('hook'),
    runners,
    providers: [provider],
  });
  const stacks = lab.context.stacks as Map<string, Stack>;
  lab.forge.webhook = githubWebhook(new Secret('webhook'));
  const added = (name: string, isPrivate: boolean): MemoryForge => {
    const forge = new MemoryForge();
    const configuration = { ...lab.stack.configuration, name, private: isPrivate };
    stacks.set(name, { ...lab.stack, configuration, forge });
    return forge;
  };
  await lab.happens(lab.push('main').event);
  await lab.workAll();
  await occupyRunner();
  saveRequest();
  for (const forge of [added('other', true), added('open', false)]) {
    const sha = forge.push('main', { 'spack.yaml': 'spack: {}\n', '.gitlab-ci.yml': 'say: { script: x }\n' });
    forge.happens({ type: 'branch-pushed', branch: 'main', sha });
  }
  await pollAll();
  const job = await takeOf('other');
  allowRegistration();
  app = await openApp();
  const token = (scope: 'read' | 'run' | 'approve' | 'admin', stack: string): Sender => {
    const parts = { access: lab.access, credentials: lab.context.tokens };
    const created = createToken(parts, { name: scope, scope, stacks: [stack], days: 1 }, 'the test');
    return { headers: { authorization: `Bearer ${created.token}` }, s3: created.s3 };
  };
  senders = {
    anonymous: { headers: {} },
    'reader of another stack': token('read', 'other'),
    'job of another stack': {
      headers: { 'job-token': lab.context.tokens.jobToken(job) },
      body: { token: lab.context.tokens.jobToken(job) },
      s3: lab.context.tokens.accessKey(job),
    },
    '`gitlab-runner`': { headers: { 'runner-token': 'glrt-remote' }, body: { token: 'glrt-remote' } },
    read: token('read', 'lab'),
    run: token('run', 'lab'),
    approve: token('approve', 'lab'),
    admin: token('admin', '*'),
    local: { headers: {}, connection: loopback },
  };
  const [image] = lab.context.ledger.publications('lab');
  token('read', 'lab');
  // The newest is the last one, which no one sends.
  values = { image: image?.id ?? '', spare: lab.access.tokens()[0]?.id ?? '' };
}

/** The same without sign-in: no private stacks, no tokens. */
async function openLocalSite(): Promise<void> {
  lab = await openLab({ runners, stack: { notifications } });
  await lab.happens(lab.push('main').event);
  await lab.workAll();
  await occupyRunner();
  saveRequest();
  allowRegistration();
  app = await openApp();
  const anonymous: Sender = { headers: {} };
  senders = {
    ...(Object.fromEntries(columns.map((column) => [column, anonymous])) as typeof senders),
    local: { headers: {}, connection: loopback },
  };
  const [image] = lab.context.ledger.publications('lab');
  values = { image: image?.id ?? '', spare: '1' };
}

/** Runners register themselves with a token, which no one here has. */
function allowRegistration(): void {
  lab.context.fleet.allowRegistration({ stacks: ['*'], sandbox: false, days: 1 }, 'the test');
}

/** One job of the stack runs, and another waits. */
async function occupyRunner(): Promise<void> {
  const jobs = 'runs: { script: x }\nwaits: { script: x, tags: [none] }\n';
  await lab.happens(lab.push('main', { 'spack.yaml': 'spack: {}\n', '.gitlab-ci.yml': jobs }).event);
  await lab.take();
}

/** A pull request that is over. */
function saveRequest(): void {
  const shas = { headSha: 'a'.repeat(40), baseSha: 'b'.repeat(40) };
  const request = { number: '1', title: 'Change', baseBranch: 'main', ...shas, fork: false, author: 'ada' };
  lab.context.ledger.saveRequest({ ...request, stack: 'lab', state: 'closed' });
}

async function pollAll(): Promise<void> {
  for (const name of ['other', 'open']) await pollStack(lab.coordinator, lab.context.stacks.get(name) as Stack);
  await lab.coordinator.settle();
}

async function takeOf(stack: string): Promise<string> {
  for (let job = await lab.take(); job !== undefined; job = await lab.take())
    if (job.record.stack === stack) return job.run.id;
  throw new Error(`there is no job of ${stack}`);
}

async function openApp(): Promise<Hono> {
  const page = await temporaryFolder();
  const documentation = join(page, 'docs');
  await mkdir(documentation);
  await mkdir(join(page, 'assets'));
  for (const file of ['index.html', 'favicon.svg', 'assets/page.js', 'docs/index.html', 'docs/lab'])
    await writeFile(join(page, file), 'text');
  return labApp(lab, { page, documentation, wake: () => true });
}

/** The address of a route, about the private stack wherever it is about one. */
function addressOf(route: string): string {
  const [, path = ''] = route.split(' ');
  const query: Readonly<Record<string, string>> = {
    '/api/v1/jobs': '?name=generate',
    '/api/v1/stacks/:stack/compare': '?from=pipeline:1&to=pipeline:1',
    '/api/v1/events': '?after=0',
    '/api/v1/audit': '?stack=lab',
    '/api/v1/audit/export': '?stack=lab',
  };
  if (path === '/s3/*') return '/s3/lab/v3/layout.json';
  if (path === '/mirrors/:bucket/*') return '/mirrors/lab/v3/layout.json';
  if (path.endsWith('/files/*')) return '/api/v1/jobs/1/artifacts/files/jobs_scratch_dir/pipeline.yml';
  if (path.endsWith('/mirror/*')) return '/api/v1/jobs/1/mirror/v3/layout.json';
  if (path === '/v2/*') return '/v2/lab/stack/manifests/latest';
  if (path === '/assets/*') return '/assets/page.js';
  if (path.includes('.git')) return `${gitAddress(path)}?service=git-upload-pack`;
  const id = path.includes('/images/') ? values['image'] : path.includes('/tokens/') ? values['spare'] : '1';
  const named = path
    .replace(/:id(?:\{[^}]*\})?/, id ?? '')
    .replace(':other', id ?? '')
    .replace(':record', 'spdx')
    .replace(':stack', 'lab')
    .replace(':hash', lock.tide.hash)
    .replace(':project', 'lab')
    .replace(':number', '1')
    .replace(':provider', 'openid')
    .replace('/*', '/lab');
  return `${named}${query[path] ?? ''}`;
}

function gitAddress(path: string): string {
  const project = path.startsWith('/:group') ? '/stacks/lab.git' : '/lab.git';
  return `${project}/${path.slice(path.indexOf('.git}/') + 6)}`;
}

async function send(route: string, column: Column): Promise<Response> {
  const [word = ''] = route.split(' ');
  const method = word === 'ALL' ? (route === 'ALL /v2/*' ? 'POST' : 'GET') : word;
  const { headers, body, s3, connection } = senders[column];
  const url = `http://127.0.0.1:1${addressOf(route)}`;
  if (route.startsWith('ALL /s3') && s3 !== undefined) {
    const client = new AwsClient({ ...s3, service: 's3', region: 'us-east-1' });
    return app.request(await client.sign(url, { method }));
  }
  const git = `Basic ${Buffer.from(`gitlab-ci-token:${body?.['token']}`).toString('base64')}`;
  const own = route.includes('.git') && column === 'job of another stack' ? { authorization: git } : headers;
  if (method === 'GET') return app.request(url, { headers: own }, connection);
  // The runner's token stays usable for the other rows.
  const sent =
    route === 'DELETE /api/v4/runners' && column === '`gitlab-runner`' ? { token: 'glrt-unregistered' } : body;
  const isJobs = route.startsWith('PUT /api/v4/jobs');
  const json = { ...sent, ...(isJobs ? { state: 'running', token: sent?.token ?? 'none' } : { system_id: 's_1' }) };
  const text = route.includes('/api/v4/') ? JSON.stringify(json) : '{}';
  const kept = sent === body ? own : {};
  const all = { ...kept, 'content-type': 'application/json', 'x-slipway-page': '1' };
  return app.request(url, { method, headers: all, body: text }, connection);
}

/** The cell that an answer belongs to. */
async function cellOf(route: string, response: Response): Promise<string> {
  if ([401, 403, 404, 405].includes(response.status)) return String(response.status);
  const permission = permissions[route];
  if (permission?.by !== 'nothing' || !('isFiltered' in permission) || route.startsWith('GET /v2'))
    return response.status < 500 ? 'yes' : String(response.status);
  return /"(?:stack|name)":"lab"|"name":"generate"/.test(await textOf(route, response)) ? 'yes' : 'left out';
}

/** The body; of the stream what it has at once. */
async function textOf(route: string, response: Response): Promise<string> {
  if (route !== 'GET /api/v1/events') return response.text();
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const pieces = [await reader.read(), await reader.read()];
  await reader.cancel();
  return pieces.map(({ value }) => new TextDecoder().decode(value)).join('');
}

async function cellsOf(route: string, among: readonly Column[]): Promise<Partial<Row['cells']>> {
  const found: Partial<Record<Column, string>> = {};
  for (const column of among) found[column] = await cellOf(route, await send(route, column));
  return found;
}

/** The cells of some columns, as the document has them and as the server answers. */
async function compare(among: readonly Column[]): Promise<void> {
  const written = rows.map(({ route, cells }) => [route, Object.fromEntries(among.map((one) => [one, cells[one]]))]);
  const found: unknown[] = [];
  for (const { route } of rows) found.push([route, await cellsOf(route, among)]);
  expect(found).toEqual(written);
}

test('each cell of docs/reference/permissions.md is what the server does, and each route has a row', async () => {
  await openSite();
  const written = rows.map(({ route }) => route).toSorted();
  expect(written).toEqual([...routesOf(app)].toSorted());
  expect(written).toEqual(Object.keys(permissions).toSorted());
  await compare(signedIn);
  // Where one can sign in, a local program is as anonymous as others.
  for (const { route, cells } of rows.filter(({ route }) => permissions[route]?.by === 'scope'))
    expect(await cellOf(route, await send(route, 'local')), route).toBe(cells.anonymous);

  const { configuration } = lab.stack;
  const opened = { ...lab.stack, configuration: { ...configuration, private: false } };
  (lab.context.stacks as Map<string, Stack>).set('lab', opened);
  const reading = rows.filter(({ route, cells }) => cells.read === 'yes' && permissions[route]?.by === 'scope');
  expect(reading.length).toBeGreaterThan(10);
  for (const { route } of reading) expect(await cellOf(route, await send(route, 'anonymous')), route).toBe('yes');
  const acting = rows.filter(({ cells }) => cells.anonymous === '401' && cells.read === '403');
  expect(acting.length).toBeGreaterThan(10);
  for (const { route } of acting) expect((await send(route, 'anonymous')).status, route).toBe(401);
});

test('without sign-in a local program is answered as its column says, and no one else', async () => {
  await openLocalSite();
  await compare(['local']);
  const acting = rows.filter(({ cells }) => cells.local === 'yes' && cells.read === '403');
  expect(acting.length).toBeGreaterThan(10);
  for (const { route } of acting) {
    expect((await send(route, 'anonymous')).status, route).toBe(401);
    const pages = { ...loopback, incoming: { socket: { remoteAddress: '192.0.2.7' } } };
    senders = { ...senders, read: { headers: {}, connection: pages } };
    expect((await send(route, 'read')).status, route).toBe(403);
  }
});

test('a server with a route that has no row does not start', () => {
  const added = new Hono();
  added.get('/api/v1/added', (c) => c.text(''));
  expect(() => checkRoutes(added)).toThrow('GET /api/v1/added');
});
