import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { HttpBindings } from '@hono/node-server';
import { Hono, type Context } from 'hono';
import { reasonText } from '../audit-requests.ts';
import { addressOfRequest } from '../remote-address.ts';
import { SlipwayError, systemClock, type Logger } from '../../kit/index.ts';
import type { ObjectInfo, ObjectStore } from '../../mirror/index.ts';
import { deleteObject, deleteObjects } from './delete-objects.ts';
import { EntityTags } from './entity-tags.ts';
import { authenticate, permit, refusal, storeOf, type Call, type GatewayService } from './gateway-call.ts';
import { gatewayError } from './gateway-errors.ts';
import type { GatewayPort } from './gateway-port.ts';
import { MultipartFolder } from './multipart-folder.ts';
import { abortUpload, beginMultipart, completeUpload, listParts, listUploads, uploadPart } from './multipart.ts';
import { PrefixUsage } from './prefix-usage.ts';
import { writeObject } from './put-object.ts';
import { s3ErrorResponse } from './s3-error.ts';
import { decideAccess } from './s3-grant.ts';
import { listDocument, listPage, readListRequest } from './s3-list.ts';
import { keyBelow, keyToRead, listNamed } from './s3-location.ts';
import { objectResponse } from './s3-object.ts';
import type { IncomingBody } from './s3-receive.ts';
import { xmlResponse } from './s3-xml.ts';

const SUBRESOURCE =
  /^(?:accelerate|acl|analytics|attributes|cors|encryption|inventory|legal-hold|lifecycle|logging|metrics|notification|object-lock|ownershipControls|partNumber|policy|policyStatus|publicAccessBlock|replication|requestPayment|restore|retention|select|tagging|torrent|uploadId|uploads|versionId|versioning|versions|website)$/;

/**
 * The subset of S3 that jobs push to and read from, Signature Version 4: `/s3/<bucket>/<key>`, or `/s3/<key>` at the
 * host `<bucket>.<host>`. Any region is right.
 */
export function gatewayRoutes(port: GatewayPort): Hono {
  const app = new Hono();
  const gateway: GatewayService = {
    port,
    etags: new EntityTags(join(port.kept, 'tags')),
    uploads: new MultipartFolder(join(port.kept, 'uploads')),
    usage: new PrefixUsage(() => (port.clock ?? systemClock).now()),
  };
  app.all('/s3', (c) => answer(bodyOf(c), gateway));
  app.all('/s3/*', (c) => answer(bodyOf(c), gateway));
  return app;
}

/** A request of the embedded runner, which is in this process, has no socket. */
function bodyOf(c: Context): IncomingBody {
  return {
    raw: c.req.raw,
    incoming: (c.env as Partial<HttpBindings> | undefined)?.incoming,
    from: addressOfRequest(c),
  };
}

async function answer(body: IncomingBody, gateway: GatewayService): Promise<Response> {
  const url = new URL(body.raw.url);
  const response = await respond(body, url, gateway);
  response.headers.set('x-amz-request-id', randomBytes(8).toString('hex').toUpperCase());
  return response;
}

async function respond(body: IncomingBody, url: URL, gateway: GatewayService): Promise<Response> {
  let call: Call | undefined;
  try {
    call = await authenticate(body, url, gateway);
    return await route(call);
  } catch (error) {
    if (call === undefined) recordUnknown(body, url, { error, gateway });
    logFailure(error, { method: body.raw.method, path: url.pathname, log: gateway.port.log });
    return s3ErrorResponse(error, url.pathname.replace(/^\/s3/, ''));
  }
}

/** Records a request whose signature is not that of a running job. */
function recordUnknown(
  { raw, from }: IncomingBody,
  url: URL,
  { error, gateway }: { error: unknown; gateway: GatewayService },
): void {
  if (!(error instanceof SlipwayError) || error.status !== 403) return;
  gateway.port.audit?.({
    who: 'anonymous',
    from,
    action: 'mirror.authenticate',
    on: `${raw.method} ${url.pathname}`,
    outcome: 'refused',
    reason: reasonText(error),
  });
}

function route(call: Call): Promise<Response> | Response {
  const { raw, bucket, key, grant, claim } = call;
  const isRead = raw.method === 'GET' || raw.method === 'HEAD';
  if (!grant.buckets.includes(bucket))
    throw refusal(call, bucket === '' ? 'Buckets are not listed' : `\`${bucket}\` is not a bucket of this access key`);
  if (claim.expires !== undefined && !isRead) throw refusal(call, 'A presigned URL can only be read');
  return key === '' ? routeBucket(call) : routeObject(call);
}

function routeObject(call: Call): Promise<Response> | Response {
  const { raw, url } = call;
  const query = url.searchParams;
  const method = raw.method;
  if (method === 'POST' && query.has('uploads')) return beginMultipart(call);
  if (query.has('uploadId')) return routeUpload(call);
  if (method === 'DELETE') return deleteObject(call);
  refuseSubresource(query);
  if (method === 'GET' || method === 'HEAD') return read(call);
  if (method === 'PUT') return writeObject(call);
  throw gatewayError('GATEWAY_NOT_IMPLEMENTED', { what: `${method} of an object` });
}

function routeUpload(call: Call): Promise<Response> {
  const { method } = call.raw;
  const run = { PUT: uploadPart, POST: completeUpload, DELETE: abortUpload, GET: listParts }[method];
  if (run === undefined) throw gatewayError('GATEWAY_NOT_IMPLEMENTED', { what: `${method} of an upload` });
  return run(call);
}

function routeBucket(call: Call): Promise<Response> | Response {
  const { raw, url } = call;
  const query = url.searchParams;
  if (raw.method === 'HEAD') return new Response(null, { status: 200 });
  if (raw.method === 'POST' && query.has('delete')) return deleteObjects(call);
  if (raw.method === 'PUT' && query.size === 0) throw gatewayError('GATEWAY_BUCKET_ALREADY_OWNED_BY_YOU');
  if (raw.method !== 'GET') throw refusal(call, 'A bucket cannot be changed through the gateway');
  if (query.has('location')) return xmlResponse('LocationConstraint', '');
  if (query.has('versioning')) return xmlResponse('VersioningConfiguration', '');
  if (query.has('uploads')) return listUploads(call);
  refuseSubresource(query);
  return list(call);
}

function refuseSubresource(query: URLSearchParams): void {
  const subresource = [...query.keys()].find((name) => SUBRESOURCE.test(name));
  if (subresource !== undefined) throw gatewayError('GATEWAY_NOT_IMPLEMENTED', { what: `\`?${subresource}\`` });
}

async function read(call: Call): Promise<Response> {
  const { raw, bucket, etags } = call;
  const store = storeOf(call);
  const isPlain = decideAccess(call.grant, 'read', call.key).allow;
  const key = isPlain ? await keyToRead(store, call) : call.key;
  permit(call, 'read', key);
  const tag = (info: ObjectInfo) => etags.tag(store, bucket, info);
  return objectResponse({ store, key, isHead: raw.method === 'HEAD', headers: raw.headers, tag });
}

async function list(call: Call): Promise<Response> {
  const { bucket, etags, url, named } = call;
  const request = readListRequest(named?.bucket ?? bucket, url.searchParams);
  permit(call, 'list', keyBelow(call, request.prefix));
  const store = storeOf(call);
  const page = await listPage(readable(call, listed(store, call, request.prefix)), request);
  const tags = new Map<string, string>();
  for (const object of page.objects) tags.set(object.key, await etags.tag(store, bucket, storedAs(object)));
  return new Response(
    listDocument(page, request, ({ key }) => tags.get(key) ?? ''),
    {
      headers: { 'Content-Type': 'application/xml' },
    },
  );
}

function listed(store: ObjectStore, { named }: Call, prefix: string): AsyncIterable<ObjectInfo> {
  return named === undefined ? store.list(prefix) : listNamed(store, named, prefix);
}

/** An object of a list of a mirror under another name is stored under its own. */
function storedAs(object: ObjectInfo & { readonly stored?: ObjectInfo }): ObjectInfo {
  return object.stored ?? object;
}

async function* readable({ grant }: Call, objects: AsyncIterable<ObjectInfo>): AsyncGenerator<ObjectInfo> {
  for await (const object of objects) if (decideAccess(grant, 'read', storedAs(object).key).allow) yield object;
}

function logFailure(error: unknown, { method, path, log }: { method: string; path: string; log: Logger }): void {
  if (error instanceof SlipwayError && error.status < 500)
    log.debug({ method, path, code: error.code, error: error.message }, 'gateway request failed');
  else log.error({ method, path, err: error }, 'gateway request failed');
}
