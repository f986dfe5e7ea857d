import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock, timestamp } from '../../kit/index.ts';
import { gatewayError } from './gateway-errors.ts';
import { permit, refuseEnded, refuseOverQuota, type Call } from './gateway-call.ts';
import type { Upload, UploadPart } from './multipart-folder.ts';
import { xmlResponse } from './s3-xml.ts';
import { readSmallBody, withBody } from './s3-receive.ts';
import { readXml } from './s3-xml-read.ts';
import { limitOf, putObject, refuseCopy } from './put-object.ts';

const MOST_PARTS = 10_000;
const LEAST_PART_BYTES = 5 * 2 ** 20;
const MOST_PART_BYTES = 5 * 2 ** 30;
const MOST_UPLOADS = 1000;

/** `POST ?uploads`: begins an upload in parts. */
export async function beginMultipart(call: Call): Promise<Response> {
  const { uploads, port, claim, bucket, key } = call;
  permit(call, 'write', key);
  await uploads.sweep(async (accessKeyId) => (await port.credentials(accessKeyId)) !== undefined);
  if ((await uploads.of(claim.accessKeyId)).length >= MOST_UPLOADS)
    throw gatewayError('GATEWAY_INVALID_ARGUMENT', { reason: `This job has ${MOST_UPLOADS} uploads under way` });
  const startedAt = (port.clock ?? systemClock).now();
  const id = await uploads.begin({ accessKeyId: claim.accessKeyId, bucket, key, startedAt });
  return xmlResponse('InitiateMultipartUploadResult', { Bucket: bucket, Key: key, UploadId: id });
}

/** `PUT ?partNumber=…&uploadId=…` */
export async function uploadPart(call: Call): Promise<Response> {
  const { uploads, key, url } = call;
  const limit = limitOf(call, permit(call, 'write', key));
  refuseCopy(call);
  const { id } = await uploadOf(call);
  const number = Number(url.searchParams.get('partNumber'));
  if (!(Number.isInteger(number) && number >= 1 && number <= MOST_PARTS))
    throw gatewayError('GATEWAY_INVALID_ARGUMENT', { reason: `Part numbers are 1 to ${MOST_PARTS}` });
  return withBody(call, Math.min(limit, MOST_PART_BYTES), async (body) => {
    await refuseEnded(call);
    const others = (await uploads.parts(id)).filter((part) => part.number !== number);
    const total = others.reduce((sum, part) => sum + part.size, body.size);
    await refuseOverQuota(call, total);
    if (total > limit) throw gatewayError('GATEWAY_ENTITY_TOO_LARGE', { limit });
    await uploads.addPart(id, number, body);
    return new Response(null, { status: 200, headers: { ETag: `"${body.md5}"` } });
  });
}

/** `POST ?uploadId=…` with the list of parts: stores the object, as if it had come in one piece. */
export async function completeUpload(call: Call): Promise<Response> {
  const { uploads, key, url } = call;
  const decision = permit(call, 'write', key);
  const named = readCompletion(await readSmallBody(call, 2 ** 21));
  // A client that repeats its request while the object is being stored must not find half of the upload removed.
  return uploads.inTurn(url.searchParams.get('uploadId') ?? '', () => completeOf(call, decision, named));
}

async function completeOf(
  call: Call,
  decision: ReturnType<typeof permit>,
  named: readonly NamedPart[],
): Promise<Response> {
  const { uploads, port, key, bucket } = call;
  const { id, upload } = await uploadOf(call);
  const chosen = choose(named, await uploads.parts(id), {
    least: port.minPartBytes ?? LEAST_PART_BYTES,
    isDone: upload.done !== undefined,
  });
  const answer = (etag: string) =>
    xmlResponse('CompleteMultipartUploadResult', { Bucket: bucket, Key: key, ETag: `"${etag}"` });
  if (upload.done !== undefined) return answer(upload.done);
  await mkdir(port.scratch, { recursive: true });
  const file = join(port.scratch, `${randomBytes(12).toString('hex')}.upload`);
  try {
    const body = await uploads.assemble(id, chosen, file);
    await refuseEnded(call);
    const etag = await putObject(call, decision, body);
    await uploads.finish(id, upload, etag);
    return answer(etag);
  } finally {
    await rm(file, { force: true });
  }
}

/** `DELETE ?uploadId=…` */
export async function abortUpload(call: Call): Promise<Response> {
  permit(call, 'write', call.key);
  const { id } = await uploadOf(call);
  await call.uploads.abort(id);
  return new Response(null, { status: 204 });
}

/** `GET ?uploadId=…`: lists the parts so far, so that a client can continue. */
export async function listParts(call: Call): Promise<Response> {
  const { uploads, bucket, key, url } = call;
  permit(call, 'write', key);
  const { id } = await uploadOf(call);
  const after = Number(url.searchParams.get('part-number-marker') ?? 0);
  const most = Math.min(Number(url.searchParams.get('max-parts') ?? 1000) || 1000, 1000);
  const rest = (await uploads.parts(id)).filter((part) => part.number > after);
  const page = rest.slice(0, most);
  return xmlResponse('ListPartsResult', {
    Bucket: bucket,
    Key: key,
    UploadId: id,
    PartNumberMarker: after,
    NextPartNumberMarker: page.at(-1)?.number ?? 0,
    MaxParts: most,
    IsTruncated: rest.length > page.length,
    Part: page.map(({ number, etag, size, modified }) => ({
      PartNumber: number,
      LastModified: timestamp({ now: () => modified }),
      ETag: `"${etag}"`,
      Size: size,
    })),
    StorageClass: 'STANDARD',
  });
}

/** `GET bucket?uploads`: lists the job's own uploads. */
export async function listUploads(call: Call): Promise<Response> {
  const { uploads, bucket, claim, url } = call;
  const prefix = url.searchParams.get('prefix') ?? '';
  const own = (await uploads.of(claim.accessKeyId)).filter(
    (one) => one.bucket === bucket && one.key.startsWith(prefix),
  );
  return xmlResponse('ListMultipartUploadsResult', {
    Bucket: bucket,
    Prefix: prefix,
    MaxUploads: MOST_UPLOADS,
    IsTruncated: false,
    Upload: own.map(({ key, id, startedAt }) => ({
      Key: key,
      UploadId: id,
      Initiated: timestamp({ now: () => startedAt }),
      StorageClass: 'STANDARD',
    })),
  });
}

async function uploadOf({ uploads, claim, bucket, key, url }: Call): Promise<{ id: string; upload: Upload }> {
  const id = url.searchParams.get('uploadId') ?? '';
  return { id, upload: await uploads.find(id, { accessKeyId: claim.accessKeyId, bucket, key }) };
}

interface NamedPart {
  readonly number: number;
  readonly etag: string;
}

function readCompletion(text: string): readonly NamedPart[] {
  const document = readXml(text, ['Part']) as {
    CompleteMultipartUpload?: { Part?: readonly Record<string, unknown>[] };
  };
  const parts = document.CompleteMultipartUpload?.Part ?? [];
  if (parts.length === 0) throw gatewayError('GATEWAY_MALFORMED_XML');
  return parts.map(({ PartNumber, ETag }) => ({
    number: Number(PartNumber),
    etag: String(ETag)
      .replaceAll(/"|&quot;/g, '')
      .toLowerCase(),
  }));
}

/** Returns the parts that the client names. Each must exist with its tag, in order, and be large enough. */
function choose(
  named: readonly NamedPart[],
  present: readonly UploadPart[],
  { least, isDone }: { least: number; isDone: boolean },
): readonly UploadPart[] {
  if (named.some(({ number }, index) => index > 0 && number <= (named[index - 1]?.number ?? 0)))
    throw gatewayError('GATEWAY_INVALID_PART_ORDER');
  if (isDone) return [];
  const byNumber = new Map(present.map((part) => [part.number, part]));
  const chosen = named.map(({ number, etag }) => {
    const part = byNumber.get(number);
    if (part?.etag !== etag) throw gatewayError('GATEWAY_INVALID_PART', { part: number });
    return part;
  });
  const small = chosen.slice(0, -1).find(({ size }) => size < least);
  if (small !== undefined) throw gatewayError('GATEWAY_ENTITY_TOO_SMALL', { part: small.number, least });
  return chosen;
}
