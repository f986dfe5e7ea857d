import { createHash } from 'node:crypto';
import { Hono, type Context } from 'hono';
import { multipartRoutes } from './s3-multipart.ts';

export interface TestS3 {
  /** Hand it to `s3Store({ fetch })`: no port is needed. */
  fetch(url: string, init: RequestInit): Promise<Response>;
  /** Bucket and key, as in `stack/v3/layout.json`, to bytes. */
  readonly objects: Map<string, Buffer>;
  /** The next requests are answered with these statuses (or the connection is cut), one each. */
  failNext(...faults: readonly (number | 'cut')[]): void;
  /** Method and path of each request that came. */
  readonly requests: string[];
}

/**
 * The part of S3 that a mirror uses, in memory: put with conditions or in parts, get with ranges, head, copy, delete,
 * ListV2 in pages of three. A put into the key `ignores-conditions/…` keeps none. With an access key, requests that are
 * not signed by it are refused (the signature itself is not computed).
 */
export function testS3(accessKeyId?: string): TestS3 {
  const objects = new Map<string, Buffer>();
  const faults: (number | 'cut')[] = [];
  const requests: string[] = [];
  const app = new Hono();
  app.use(async (context, next) => {
    requests.push(`${context.req.method} ${context.req.path}`);
    const fault = faults.shift();
    if (fault !== undefined) return problem(context, fault as number, fault === 507 ? 'StorageFull' : 'SlowDown');
    const authorization = context.req.header('authorization') ?? '';
    if (accessKeyId !== undefined && !authorization.includes(`Credential=${accessKeyId}/`))
      return problem(context, 403, 'AccessDenied');
    await next();
    return undefined;
  });
  app.route('/', multipartRoutes(objects));
  app.get('/:bucket', (context) => listing(context, objects));
  app.on(['GET', 'HEAD'], '/:bucket/:key{.+}', (context) => {
    const body = objects.get(nameOf(context));
    if (body === undefined) return problem(context, 404, 'NoSuchKey');
    const from = /^bytes=(\d+)-$/.exec(context.req.header('range') ?? '')?.[1];
    if (from !== undefined) return ranged(context, body, Number(from));
    return new Response(context.req.method === 'HEAD' ? null : new Uint8Array(body), {
      headers: { etag: etagOf(body), 'content-length': String(body.length) },
    });
  });
  app.put('/:bucket/:key{.+}', (context) => put(context, objects));
  app.delete('/:bucket/:key{.+}', (context) => {
    objects.delete(nameOf(context));
    return context.body(null, 204);
  });
  return {
    objects,
    requests,
    failNext: (...more) => void faults.push(...more),
    fetch: async (url, init) => {
      if (faults[0] === 'cut') {
        faults.shift();
        throw new TypeError('fetch failed', { cause: new Error('socket hang up') });
      }
      return app.fetch(new Request(url, init));
    },
  };
}

function ranged(context: Context, body: Buffer, from: number): Response {
  const match = context.req.header('if-match');
  if (match !== undefined && match !== etagOf(body)) return problem(context, 412, 'PreconditionFailed');
  const part = new Uint8Array(body.subarray(from));
  const range = `bytes ${from}-${body.length - 1}/${body.length}`;
  const headers = { etag: etagOf(body), 'content-length': String(part.length), 'content-range': range };
  return new Response(part, { status: 206, headers });
}

async function put(context: Context, objects: Map<string, Buffer>): Promise<Response> {
  const name = nameOf(context);
  const present = objects.get(name);
  const { 'if-none-match': absent, 'if-match': match, 'x-amz-copy-source': source } = context.req.header();
  const keeps = !(context.req.param('key') ?? '').startsWith('ignores-conditions/');
  if (keeps && absent === '*' && present !== undefined) return problem(context, 412, 'PreconditionFailed');
  if (keeps && match !== undefined && (present === undefined || etagOf(present) !== match))
    return problem(context, 412, 'PreconditionFailed');
  const copied = source === undefined ? undefined : objects.get(decodeURIComponent(source).slice(1));
  if (source !== undefined && copied === undefined) return problem(context, 404, 'NoSuchKey');
  const body = copied ?? Buffer.from(await context.req.arrayBuffer());
  const length = context.req.header('content-length');
  // Only a connection adds the length of bytes.
  if (source === undefined && length !== undefined && length !== String(body.length))
    return problem(context, 400, 'IncompleteBody');
  objects.set(name, body);
  return context.body('', 200, { etag: etagOf(body) });
}

function listing(context: Context, objects: Map<string, Buffer>): Response {
  const { prefix = '', 'continuation-token': after = '' } = context.req.query();
  const bucket = `${context.req.param('bucket')}/`;
  const keys = [...objects.keys()]
    .filter((name) => name.startsWith(bucket + prefix))
    .map((name) => name.slice(bucket.length))
    .toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .filter((key) => key > after);
  const page = keys.slice(0, 3);
  const contents = page.map((key) => {
    const body = objects.get(bucket + key) as Buffer;
    return `<Contents><Key>${escape(key)}</Key><Size>${body.length}</Size><ETag>${escape(etagOf(body))}</ETag></Contents>`;
  });
  const more = keys.length > page.length;
  const token = more ? `<NextContinuationToken>${escape(page.at(-1) as string)}</NextContinuationToken>` : '';
  return xml(
    context,
    200,
    `<ListBucketResult>${contents.join('')}<IsTruncated>${more}</IsTruncated>${token}</ListBucketResult>`,
  );
}

function nameOf(context: Context): string {
  return `${context.req.param('bucket')}/${context.req.param('key')}`;
}

function etagOf(body: Buffer): string {
  return `"${createHash('md5').update(body).digest('hex')}"`;
}

function problem(context: Context, status: number, code: string): Response {
  return xml(context, status, `<Error><Code>${code}</Code><Message>made by the test</Message></Error>`);
}

function xml(context: Context, status: number, text: string): Response {
  return context.body(`<?xml version="1.0" encoding="UTF-8"?>${text}`, status as 200, {
    'content-type': 'application/xml',
  });
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
