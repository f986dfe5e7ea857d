import { readFile } from 'node:fs/promises';
import { Hono } from 'hono';
import { SlipwayError, messageOf, systemClock } from '../../kit/index.ts';
import type { Clock, Logger } from '../../kit/index.ts';
import type { ObjectInfo, ObjectStore } from '../../mirror/index.ts';
import { gatewayError } from './gateway-errors.ts';
import { decode } from './s3-canonical.ts';
import { s3ErrorResponse } from './s3-error.ts';
import { decide } from './s3-grant.ts';
import type { Decision, GatewayAction, Grant } from './s3-grant.ts';
import { listDocument, listPage, readListRequest } from './s3-list.ts';
import { checkIfMatch, matches, objectResponse } from './s3-object.ts';
import { checkPayload, withBody } from './s3-receive.ts';
import type { ReceivedBody } from './s3-receive.ts';
import { readSignature, verifySignature } from './s3-signature.ts';
import type { ChunkSigning, SignatureClaim } from './s3-signature.ts';
import { xmlDocument } from './s3-xml.ts';

export { mirrorReadRoutes } from '../mirror-read.ts';
export type { Grant } from './s3-grant.ts';

/** What the gateway needs of the server. Every call may come at any time, also several at once. */
export interface GatewayPort {
  /** The secret and the rights of a running job's access key; undefined once the job has ended. */
  credentials(accessKeyId: string): Promise<{ readonly secretAccessKey: string; readonly grant: Grant } | undefined>;
  /** The whole mirror of a stack: keys with `pr/<number>/…`. */
  store(bucket: string): ObjectStore | undefined;
  /** Takes a package's manifest in; when it returns, the entry is visible. Throws a SlipwayError to refuse. */
  acceptManifest(grant: Grant, key: string, manifest: string): Promise<void>;
  /** Folder for bodies while they come in; what is left there after a crash may be removed at start. */
  readonly scratch: string;
  readonly log: Logger;
  readonly clock?: Clock;
  /** Bytes; 10 GiB unless told. */
  readonly maxObjectBytes?: number;
}

interface Call {
  readonly port: GatewayPort;
  readonly raw: Request;
  readonly url: URL;
  readonly bucket: string;
  readonly key: string;
  readonly claim: SignatureClaim;
  readonly signing: ChunkSigning;
  readonly grant: Grant;
}

const MOST_BYTES = 10 * 2 ** 30;
const MOST_MANIFEST_BYTES = 2 ** 20;
const XML = { 'Content-Type': 'application/xml' };
const SUBRESOURCE =
  /^(?:accelerate|acl|analytics|attributes|cors|delete|encryption|inventory|legal-hold|lifecycle|logging|metrics|notification|object-lock|ownershipControls|partNumber|policy|policyStatus|publicAccessBlock|replication|requestPayment|restore|retention|select|tagging|torrent|uploadId|uploads|versionId|versioning|versions|website)$/;

/** The subset of S3 that jobs push to and read from: `/s3/<bucket>/<key>`, path style, Signature Version 4. */
export function gatewayRoutes(port: GatewayPort): Hono {
  const app = new Hono();
  app.all('/s3', (c) => answer(c.req.raw, port));
  app.all('/s3/*', (c) => answer(c.req.raw, port));
  return app;
}

async function answer(raw: Request, port: GatewayPort): Promise<Response> {
  const url = new URL(raw.url);
  try {
    return await route(await authenticate(raw, url, port));
  } catch (error) {
    logFailure(error, { method: raw.method, path: url.pathname, log: port.log });
    return s3ErrorResponse(error, url.pathname.replace(/^\/s3/, ''));
  }
}

async function authenticate(raw: Request, url: URL, port: GatewayPort): Promise<Call> {
  const request = { method: raw.method, url, headers: raw.headers };
  const claim = readSignature(request);
  const known = await port.credentials(claim.accessKeyId);
  if (known === undefined) throw gatewayError('GATEWAY_INVALID_ACCESS_KEY_ID');
  const signing = verifySignature(request, claim, { secret: known.secretAccessKey, clock: port.clock ?? systemClock });
  const [, bucket = '', key = ''] = /^\/s3\/?([^/]*)\/?(.*)$/s.exec(url.pathname) ?? [];
  return { port, raw, url, bucket: decode(bucket), key: decode(key), claim, signing, grant: known.grant };
}

function route(call: Call): Promise<Response> | Response {
  const { raw, url, bucket, key, grant, claim } = call;
  const isRead = raw.method === 'GET' || raw.method === 'HEAD';
  if (bucket !== grant.bucket)
    throw refusal(call, bucket === '' ? 'Buckets are not listed' : `\`${bucket}\` is not this job's bucket`);
  if (claim.expires !== undefined && !isRead) throw refusal(call, 'A presigned URL is good for reading only');
  const isDelete = raw.method === 'DELETE' || url.searchParams.has('delete');
  if (isDelete) permit(call, 'delete', key);
  const subresource = [...url.searchParams.keys()].find((name) => SUBRESOURCE.test(name));
  if (subresource !== undefined) throw gatewayError('GATEWAY_NOT_IMPLEMENTED', { what: `\`?${subresource}\`` });
  if (key === '') return routeBucket(call);
  if (isRead) return read(call);
  if (raw.method === 'PUT') return write(call);
  throw gatewayError('GATEWAY_NOT_IMPLEMENTED', { what: `${raw.method} of an object` });
}

function routeBucket(call: Call): Promise<Response> | Response {
  const { raw, url } = call;
  if (raw.method === 'HEAD') return new Response(null, { status: 200 });
  if (raw.method !== 'GET') throw refusal(call, 'A bucket cannot be changed through the gateway');
  if (url.searchParams.has('location')) return new Response(xmlDocument('LocationConstraint', ''), { headers: XML });
  if (url.searchParams.get('list-type') === '2') return list(call);
  throw gatewayError('GATEWAY_NOT_IMPLEMENTED', { what: 'listing of the first version; ask with list-type=2' });
}

function read(call: Call): Promise<Response> {
  permit(call, 'read', call.key);
  const { key, raw } = call;
  return objectResponse({ store: storeOf(call), key, isHead: raw.method === 'HEAD', headers: raw.headers });
}

async function list(call: Call): Promise<Response> {
  const request = readListRequest(call.bucket, call.url.searchParams);
  permit(call, 'list', request.prefix);
  const objects: ObjectInfo[] = [];
  for await (const object of storeOf(call).list(request.prefix)) {
    if (decide(call.grant, 'read', object.key).allow) objects.push(object);
  }
  return new Response(listDocument(listPage(objects, request), request), { headers: XML });
}

async function write(call: Call): Promise<Response> {
  const { port, raw, key, claim, signing } = call;
  const decision = permit(call, 'write', key);
  checkPayload(claim);
  if (raw.headers.has('x-amz-copy-source')) throw gatewayError('GATEWAY_NOT_IMPLEMENTED', { what: 'copying' });
  const limit = decision.kind === 'manifest' ? MOST_MANIFEST_BYTES : (port.maxObjectBytes ?? MOST_BYTES);
  return withBody(raw, { scratch: port.scratch, limit, claim, signing }, async (body) => {
    // The body may have taken long: the job may have ended meanwhile.
    if ((await port.credentials(claim.accessKeyId)) === undefined) throw gatewayError('GATEWAY_INVALID_ACCESS_KEY_ID');
    await checkConditions(call);
    if (decision.kind === 'blob') await putBlob(call, body, decision.sha256);
    else await port.acceptManifest(call.grant, key, await readManifest(body));
    const info = await storeOf(call).head(key);
    return new Response(null, { status: 200, headers: { ETag: `"${info?.etag ?? body.sha256}"` } });
  });
}

async function checkConditions(call: Call): Promise<void> {
  const { raw, key } = call;
  const info = await storeOf(call).head(key);
  checkIfMatch(raw.headers, info, key);
  if (matches(raw.headers.get('if-none-match'), info)) throw gatewayError('GATEWAY_PRECONDITION_FAILED', { key });
}

/** A blob is its own name; one that is there stays as it is. */
async function putBlob(call: Call, body: ReceivedBody, sha256: string): Promise<void> {
  const { key, raw } = call;
  const store = storeOf(call);
  if (body.sha256 !== sha256) throw gatewayError('GATEWAY_BAD_DIGEST', { what: "SHA-256 in the object's name" });
  if ((await store.head(key)) !== undefined) return;
  try {
    const contentType = raw.headers.get('content-type') ?? 'application/octet-stream';
    await store.put(key, { file: body.file, size: body.size }, { ifMatch: 'absent', contentType });
  } catch (error) {
    // Another job may have put the same blob first.
    if ((await store.head(key)) === undefined) throw error;
  }
}

async function readManifest(body: ReceivedBody): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(body.file));
  } catch (error) {
    throw gatewayError('GATEWAY_INVALID_ARGUMENT', { reason: 'The manifest is no UTF-8 text' }, { cause: error });
  }
}

function permit(call: Call, action: GatewayAction, key: string): Extract<Decision, { allow: true }> {
  const decision = decide(call.grant, action, key);
  if (decision.allow) return decision;
  throw refusal(call, decision.reason);
}

function refusal({ port, grant, raw, bucket, key }: Call, reason: string): SlipwayError {
  port.log.warn({ job: grant.job, method: raw.method, bucket, key, reason }, 'the gateway refused a job');
  return gatewayError('GATEWAY_ACCESS_DENIED', { reason });
}

function storeOf({ port, bucket }: Call): ObjectStore {
  const store = port.store(bucket);
  if (store === undefined) throw gatewayError('GATEWAY_NO_SUCH_BUCKET', { bucket });
  return store;
}

function logFailure(error: unknown, { method, path, log }: { method: string; path: string; log: Logger }): void {
  const isExpected = error instanceof SlipwayError && error.status < 500;
  const fields = {
    method,
    path,
    code: error instanceof SlipwayError ? error.code : undefined,
    error: messageOf(error),
  };
  if (isExpected) log.debug(fields, 'gateway request failed');
  else log.error({ ...fields, err: error }, 'gateway request failed');
}
