import { createHash } from 'node:crypto';
import { Hono, type Context } from 'hono';

export interface TestRegistryOptions {
  /** With these, requests need a token from `https://auth.example.org/token` (`bearer`) or Basic authorization. */
  readonly auth?: { readonly scheme: 'basic' | 'bearer'; readonly username: string; readonly password: string };
  /** Blobs are given by a redirect to this host, which refuses requests with an `Authorization`. */
  readonly blobHost?: string;
  /** `true`: it opens an upload instead; `loudly`: it answers 405. */
  readonly refusesMounts?: boolean | 'loudly';
  /** It answers 405 to PATCH. */
  readonly refusesChunks?: boolean;
  /** What may be removed: manifests by digest, or tags too; nothing unless it is said. */
  readonly removes?: 'digests' | 'all';
  /** Keeps the list of referrers itself, a page for each, as OCI distribution-spec 1.1 has it. */
  readonly listsReferrers?: boolean;
}

export interface TestRegistry {
  /** Hand it to `registryClient({ fetch })`: no port is needed. */
  fetch(request: Request): Promise<Response>;
  /** `<repository>@<digest>` to bytes. */
  readonly blobs: Map<string, Buffer>;
  /** `<repository>:<tag or digest>` to bytes and media type. */
  readonly manifests: Map<string, { bytes: Buffer; mediaType: string }>;
  /** Method, host and path with its query, of each request that came. */
  readonly requests: string[];
  /** `Authorization` of the requests for tokens. */
  readonly tokenRequests: { authorization: string | null; scopes: readonly string[] }[];
  /** The next requests that match are answered with these statuses (or the connection is cut), one each. */
  failNext(pattern: RegExp, ...faults: readonly Fault[]): void;
  /** Decides for every request whether it goes wrong, and how. */
  disturb(choose: (line: string) => Fault | undefined): void;
  /** Uploads that were begun are known no more. */
  loseUploads(): void;
  /** Tokens that were given are good no more. */
  expireTokens(): void;
}

const INDEX = 'application/vnd.oci.image.index.v1+json';

/** A status; the connection cut before anything was done, or after: then only the answer is lost. */
export type Fault = number | 'cut' | 'cut-answer';

type State = TestRegistry & {
  readonly options: TestRegistryOptions;
  readonly faults: { pattern: RegExp; fault: Fault }[];
  tokens: number;
  sessions: number;
  choose: (line: string) => Fault | undefined;
  uploads: Map<string, { readonly name: string; bytes: Buffer }>;
};

/** A registry in memory: push and pull as the distribution specification has it. */
export function testRegistry(options: TestRegistryOptions = {}): TestRegistry {
  const state: State = {
    options,
    blobs: new Map(),
    manifests: new Map(),
    requests: [],
    tokenRequests: [],
    faults: [],
    uploads: new Map(),
    tokens: 0,
    sessions: 0,
    choose: () => undefined,
    disturb: (choose) => void (state.choose = choose),
    loseUploads: () => state.uploads.clear(),
    failNext: (pattern, ...faults) => void state.faults.push(...faults.map((fault) => ({ pattern, fault }))),
    expireTokens: () => void (state.tokens += 1),
    fetch: (request) => answer(state, request),
  };
  return state;
}

async function answer(state: State, request: Request): Promise<Response> {
  const url = new URL(request.url);
  const line = `${request.method} ${url.host}${url.pathname}${url.search}`;
  state.requests.push(line);
  const index = state.faults.findIndex(({ pattern }) => pattern.test(line));
  const fault = index < 0 ? state.choose(line) : state.faults.splice(index, 1)[0]?.fault;
  const cut = () => new TypeError('fetch failed', { cause: new Error('socket hang up') });
  if (fault === 'cut') throw cut();
  if (fault === 'cut-answer') {
    await respond(state, request, url);
    throw cut();
  }
  if (fault !== undefined)
    return Response.json({ errors: [{ code: 'TROUBLE', message: 'as the test wanted' }] }, { status: fault });
  return respond(state, request, url);
}

async function respond(state: State, request: Request, url: URL): Promise<Response> {
  if (url.host === state.options.blobHost) return blobHost(state, request, url);
  if (url.host === 'auth.example.org') return tokenServer(state, request, url);
  return refuseStrangers(state, request) ?? (await registryApp(state).fetch(request));
}

function blobHost(state: State, request: Request, url: URL): Response {
  if (request.headers.has('authorization')) return new Response('two ways of authorization', { status: 400 });
  const bytes = state.blobs.get(decodeURIComponent(url.pathname.slice(1)));
  return bytes === undefined ? new Response(null, { status: 404 }) : new Response(new Uint8Array(bytes));
}

function tokenServer(state: State, request: Request, url: URL): Response {
  const authorization = request.headers.get('authorization');
  state.tokenRequests.push({ authorization, scopes: url.searchParams.getAll('scope') });
  if (authorization !== basic(state)) return new Response(null, { status: 401 });
  return Response.json({ token: `token-${state.tokens}` });
}

function refuseStrangers(state: State, request: Request): Response | undefined {
  const { auth } = state.options;
  if (auth === undefined) return undefined;
  const wanted = auth.scheme === 'basic' ? basic(state) : `Bearer token-${state.tokens}`;
  if (request.headers.get('authorization') === wanted) return undefined;
  const challenge =
    auth.scheme === 'basic'
      ? 'Basic realm="registry"'
      : 'Bearer realm="https://auth.example.org/token",service="registry.example.org"';
  return Response.json(
    { errors: [{ code: 'UNAUTHORIZED', message: 'who are you' }] },
    { status: 401, headers: { 'www-authenticate': challenge } },
  );
}

function basic({ options: { auth } }: State): string {
  return `Basic ${Buffer.from(`${auth?.username}:${auth?.password}`).toString('base64')}`;
}

function registryApp(state: State): Hono {
  const app = new Hono();
  app.get('/v2/:name{.+}/manifests/:reference', (context) => {
    const found = state.manifests.get(`${context.req.param('name')}:${context.req.param('reference')}`);
    if (found === undefined) return problem(context, 'MANIFEST_UNKNOWN');
    return new Response(new Uint8Array(found.bytes), {
      headers: { 'content-type': found.mediaType, 'docker-content-digest': digestOf(found.bytes) },
    });
  });
  app.get('/v2/:name{.+}/blobs/:digest', (context) => {
    const key = `${context.req.param('name')}@${context.req.param('digest')}`;
    const bytes = state.blobs.get(key);
    if (bytes === undefined) return problem(context, 'BLOB_UNKNOWN');
    const { blobHost: host } = state.options;
    if (host !== undefined && context.req.method === 'GET')
      return context.redirect(`https://${host}/${encodeURIComponent(key)}`, 307);
    return new Response(new Uint8Array(bytes), { headers: { 'content-length': String(bytes.length) } });
  });
  app.get('/v2/:name{.+}/tags/list', (context) => {
    const name = `${context.req.param('name')}:`;
    const tags = [...state.manifests.keys()].filter((one) => one.startsWith(name)).map((one) => one.slice(name.length));
    const after = tags
      .filter((tag) => !tag.startsWith('sha256:') && tag > (context.req.query('last') ?? ''))
      .toSorted();
    const page = after.slice(0, 5);
    const link = `</v2/${context.req.param('name')}/tags/list?n=5&last=${page.at(-1)}>; rel="next"`;
    return context.json({ tags: page }, 200, after.length > 5 ? { link } : {});
  });
  app.get('/v2/:name{.+}/referrers/:digest', (context) => {
    const { name, digest } = context.req.param();
    if (state.options.listsReferrers !== true) return problem(context, 'UNSUPPORTED');
    const all = referrersOf(state, name, digest);
    const at = Number(context.req.query('at') ?? 0);
    const link = `</v2/${name}/referrers/${digest}?at=${at + 1}>; rel="next"`;
    const index = { schemaVersion: 2, mediaType: INDEX, manifests: all.slice(at, at + 1) };
    return context.json(index, 200, at + 1 < all.length ? { link } : {});
  });
  app.post('/v2/:name{.+}/blobs/uploads/', (context) => beginUpload(state, context));
  app.get('/v2/:name{.+}/blobs/uploads/:id', (context) => answerUpload(state, context, 204));
  app.patch('/v2/:name{.+}/blobs/uploads/:id', (context) => addChunk(state, context));
  app.put('/v2/:name{.+}/blobs/uploads/:id', (context) => finishUpload(state, context));
  app.put('/v2/:name{.+}/manifests/:reference', (context) => putManifest(state, context));
  app.delete('/v2/:name{.+}/manifests/:reference', (context) => removeManifest(state, context));
  return app;
}

function beginUpload(state: State, context: Context): Response {
  const name = context.req.param('name') as string;
  const { mount, from } = context.req.query();
  const mounted =
    mount === undefined || state.options.refusesMounts !== undefined ? undefined : state.blobs.get(`${from}@${mount}`);
  if (mounted !== undefined) {
    state.blobs.set(`${name}@${mount}`, mounted);
    return context.body(null, 201);
  }
  if (mount !== undefined && state.options.refusesMounts === 'loudly') return problem(context, 'UNSUPPORTED', 405);
  state.sessions += 1;
  const id = String(state.sessions);
  state.uploads.set(id, { name, bytes: Buffer.alloc(0) });
  return context.body(null, 202, { location: `/v2/${name}/blobs/uploads/${id}?_state=0` });
}

/** `_state` changes with every chunk, as with Docker's registry: who does not follow `Location` is lost. */
function answerUpload(state: State, context: Context, status: 202 | 204): Response {
  const id = context.req.param('id') as string;
  const upload = state.uploads.get(id);
  if (upload === undefined) return problem(context, 'BLOB_UPLOAD_UNKNOWN');
  const { name, bytes } = upload;
  const location = `/v2/${name}/blobs/uploads/${id}?_state=${bytes.length}`;
  return context.body(null, status, { location, range: `0-${Math.max(0, bytes.length - 1)}` });
}

async function addChunk(state: State, context: Context): Promise<Response> {
  if (state.options.refusesChunks === true) return problem(context, 'UNSUPPORTED', 405);
  const upload = state.uploads.get(context.req.param('id') as string);
  if (upload === undefined) return problem(context, 'BLOB_UPLOAD_UNKNOWN');
  const start = Number(context.req.header('content-range')?.split('-')[0]);
  if (start !== upload.bytes.length) return answerStatus(state, context, 416);
  upload.bytes = Buffer.concat([upload.bytes, Buffer.from(await context.req.arrayBuffer())]);
  return answerUpload(state, context, 202);
}

function answerStatus(state: State, context: Context, status: number): Response {
  return new Response(null, { status, headers: answerUpload(state, context, 202).headers });
}

async function finishUpload(state: State, context: Context): Promise<Response> {
  const { digest, _state } = context.req.query();
  const upload = state.uploads.get(context.req.param('id') as string);
  if (upload === undefined || _state !== String(upload.bytes.length)) return problem(context, 'BLOB_UPLOAD_UNKNOWN');
  const rest = Buffer.from(await context.req.arrayBuffer());
  const bytes = Buffer.concat([upload.bytes, rest]);
  // Only a connection adds the length of bytes.
  const length = context.req.header('content-length') ?? String(rest.length);
  if (length !== String(rest.length) || digestOf(bytes) !== digest) return problem(context, 'DIGEST_INVALID', 400);
  state.uploads.delete(context.req.param('id') as string);
  state.blobs.set(`${upload.name}@${digest}`, bytes);
  return context.body(null, 201, { 'docker-content-digest': digest });
}

async function putManifest(state: State, context: Context): Promise<Response> {
  const name = context.req.param('name') as string;
  const bytes = Buffer.from(await context.req.arrayBuffer());
  const { config, layers = [] } = JSON.parse(bytes.toString()) as {
    config?: { digest: string };
    layers?: { digest: string }[];
  };
  if ([config ?? [], layers].flat().some(({ digest }) => !state.blobs.has(`${name}@${digest}`)))
    return problem(context, 'MANIFEST_BLOB_UNKNOWN', 400);
  const manifest = { bytes, mediaType: context.req.header('content-type') ?? '' };
  state.manifests.set(`${name}:${context.req.param('reference')}`, manifest);
  state.manifests.set(`${name}:${digestOf(bytes)}`, manifest);
  return context.body(null, 201, { 'docker-content-digest': digestOf(bytes) });
}

/** With its digest a manifest goes, and with it every tag that names it. */
function removeManifest(state: State, context: Context): Response {
  const { name = '', reference = '' } = context.req.param();
  const { removes } = state.options;
  const isDigest = reference.startsWith('sha256:');
  if (removes === undefined || (removes === 'digests' && !isDigest)) return problem(context, 'UNSUPPORTED', 405);
  const found = state.manifests.get(`${name}:${reference}`);
  if (found === undefined) return problem(context, 'MANIFEST_UNKNOWN');
  for (const [key, { bytes }] of state.manifests) {
    const isGone = isDigest ? key.startsWith(`${name}:`) && bytes.equals(found.bytes) : key === `${name}:${reference}`;
    if (isGone) state.manifests.delete(key);
  }
  return context.body(null, 202);
}

function referrersOf(state: State, name: string, digest: string): readonly object[] {
  return [...state.manifests].flatMap(([key, { bytes, mediaType }]) => {
    const manifest = JSON.parse(bytes.toString()) as { subject?: { digest: string }; artifactType?: string };
    if (key !== `${name}:${digestOf(bytes)}` || manifest.subject?.digest !== digest) return [];
    return [{ mediaType, digest: digestOf(bytes), size: bytes.length, artifactType: manifest.artifactType }];
  });
}

function problem(context: Context, code: string, status: 400 | 404 | 405 = 404): Response {
  return context.json({ errors: [{ code, message: 'from the test registry' }] }, status);
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
