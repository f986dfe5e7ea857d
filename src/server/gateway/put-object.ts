import { readFile } from 'node:fs/promises';
import { SlipwayError } from '../../kit/index.ts';
import { isCountedOn } from '../../mirror/index.ts';
import { gatewayError } from './gateway-errors.ts';
import {
  permit,
  record,
  recordPush,
  refuseEnded,
  refuseOverQuota,
  storeOf,
  withinQuota,
  type Call,
} from './gateway-call.ts';
import { checkIfMatch, matches } from './s3-object.ts';
import { checkPayload, withBody, type ReceivedBody } from './s3-receive.ts';
import type { AccessDecision } from './s3-grant.ts';

type Allowed = Extract<AccessDecision, { allow: true }>;

const MOST_BYTES = 10 * 2 ** 30;
const MOST_MANIFEST_BYTES = 2 ** 20;
const MOST_NUMBER_BYTES = 20;
// A spec file of layout v2 holds the specs of a whole closure.
const MOST_SPEC_BYTES = 64 * 2 ** 20;

/** `PUT` of an object in one piece. */
export async function writeObject(call: Call): Promise<Response> {
  const decision = permit(call, 'write', call.key);
  checkPayload(call.claim);
  refuseCopy(call);
  await refuseOverQuota(call, announcedSize(call));
  return withBody(call, limitOf(call, decision), async (body) => {
    await refuseEnded(call);
    const etag = await putObject(call, decision, { ...body, etag: body.md5 });
    return new Response(null, { status: 200, headers: { ETag: `"${etag}"` } });
  });
}

/** Large uploads are refused before their body is received. */
function announcedSize({ raw }: Call): number {
  const { headers } = raw;
  const size = Number(headers.get('x-amz-decoded-content-length') ?? headers.get('content-length'));
  return Number.isSafeInteger(size) && size > 0 ? size : 0;
}

export function refuseCopy({ raw }: Call): void {
  if (raw.headers.has('x-amz-copy-source')) throw gatewayError('GATEWAY_NOT_IMPLEMENTED', { what: 'copying' });
}

/** Returns the largest size of an object of a kind. */
export function limitOf({ port }: Call, { kind }: Allowed): number {
  if (kind === 'manifest') return MOST_MANIFEST_BYTES;
  if (kind === 'build number') return MOST_NUMBER_BYTES;
  return kind === 'spec file' ? MOST_SPEC_BYTES : (port.maxObjectBytes ?? MOST_BYTES);
}

/** Stores a received body as an object, and returns its entity tag. */
export async function putObject(call: Call, decision: Allowed, body: ReceivedBody & { etag: string }): Promise<string> {
  const { grant, key } = call;
  if (decision.kind === 'index') {
    const reason = 'The server keeps the index of its mirrors; the job got the answer that it is updated';
    record(call, { reason, method: 'PUT' }, 'the gateway kept an index that a job updated');
    return body.md5;
  }
  await checkConditions(call);
  if (decision.kind === 'blob') {
    if (body.sha256 !== decision.sha256)
      throw gatewayError('GATEWAY_BAD_DIGEST', { what: "SHA-256 in the object's name" });
    return putBlob(call, key, body);
  }
  // A tarball of layout v2 is stored as a blob. It gets its own name when its spec file is accepted.
  if (decision.kind === 'tarball')
    return putBlob(call, `${grant.writePrefix ?? ''}blobs/sha256/${body.sha256.slice(0, 2)}/${body.sha256}`, body);
  const text = await readText(body);
  if (decision.kind === 'build number') return putBuildNumber(call, text, body);
  await withinQuota(call, body.size, () => accept(call, text));
  const info = await storeOf(call).head(key);
  return info === undefined ? body.md5 : call.etags.tag(storeOf(call), call.bucket, info);
}

/** Accepts a manifest. Refusals, the notary's too, are recorded like those of the gateway itself. */
async function accept(call: Call, text: string): Promise<void> {
  try {
    await call.port.acceptManifest(call.grant, call.key, text);
    recordPush(call);
  } catch (error) {
    if (error instanceof SlipwayError && error.status < 500)
      record(call, { reason: `${error.code}: ${error.message}` }, 'an upload of a job was refused');
    throw error;
  }
}

async function checkConditions(call: Call): Promise<void> {
  const { raw, key } = call;
  if (!raw.headers.has('if-match') && !raw.headers.has('if-none-match')) return;
  const found = await storeOf(call).head(key);
  const info = found && { ...found, etag: await call.etags.tag(storeOf(call), call.bucket, found) };
  checkIfMatch(raw.headers, info, key);
  if (matches(raw.headers.get('if-none-match'), info)) throw gatewayError('GATEWAY_PRECONDITION_FAILED', { key });
}

/** Stores a blob. One that exists, and that pruning cannot remove now, is not written again. */
async function putBlob(call: Call, key: string, body: ReceivedBody & { etag: string }): Promise<string> {
  const store = storeOf(call);
  const present = await store.head(key);
  if (isCountedOn(present, body.size)) return body.etag;
  const contentType = call.raw.headers.get('content-type') ?? 'application/octet-stream';
  try {
    await withinQuota(call, body.size, () =>
      store.put(
        key,
        { file: body.file, size: body.size, temporary: true },
        { ...(present === undefined ? { ifMatch: 'absent' } : {}), contentType },
      ),
    );
  } catch (error) {
    // Another job may have put the same blob first.
    if ((await store.head(key))?.size !== body.size) throw error;
  }
  const info = await store.head(key);
  if (info !== undefined) await call.etags.record(call.bucket, info, body.etag);
  return body.etag;
}

/** A build number makes nothing visible and is not signed. */
async function putBuildNumber(call: Call, text: string, body: ReceivedBody): Promise<string> {
  if (!/^\d+\s*$/.test(text))
    throw gatewayError('GATEWAY_INVALID_ARGUMENT', { reason: 'A `.cdashid` file holds a number' });
  await storeOf(call).put(call.key, Buffer.from(text));
  return body.md5;
}

async function readText(body: ReceivedBody): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(body.file));
  } catch (error) {
    throw gatewayError('GATEWAY_INVALID_ARGUMENT', { reason: 'It is no UTF-8 text' }, { cause: error });
  }
}
