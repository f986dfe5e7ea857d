import { systemClock, type Clock, type SlipwayError } from '../../kit/index.ts';
import type { ObjectStore } from '../../mirror/index.ts';
import type { EtagBook } from './etag-book.ts';
import { gatewayError } from './gateway-errors.ts';
import type { GatewayPort } from './gateway-port.ts';
import type { MultipartFolder } from './multipart-folder.ts';
import { decode } from './s3-canonical.ts';
import type { IncomingBody } from './s3-receive.ts';
import { decideAccess, type AccessDecision, type GatewayAction, type Grant } from './s3-grant.ts';
import { readSignature, verifySignature, type ChunkSigning, type SignatureClaim } from './s3-signature.ts';

/** What lives as long as the gateway. */
export interface GatewayDesk {
  readonly port: GatewayPort;
  readonly etags: EtagBook;
  readonly uploads: MultipartFolder;
}

/** A request whose signature holds, with what its job may do. */
export interface Call extends GatewayDesk, IncomingBody {
  readonly url: URL;
  readonly bucket: string;
  readonly key: string;
  readonly claim: SignatureClaim;
  readonly signing: ChunkSigning;
  readonly grant: Grant;
}

/** Checks who asks; throws what S3 would say. */
export async function authenticate(body: IncomingBody, url: URL, desk: GatewayDesk): Promise<Call> {
  const { raw } = body;
  const { port } = desk;
  const request = { method: raw.method, url, headers: raw.headers };
  const claim = readSignature(request);
  const known = await port.credentials(claim.accessKeyId);
  if (known === undefined) throw gatewayError('GATEWAY_INVALID_ACCESS_KEY_ID');
  const clock: Clock = port.clock ?? systemClock;
  const signing = verifySignature(request, claim, { secret: known.secretAccessKey, clock });
  return { ...desk, ...body, url, ...placeOf(url, known.grant, port), claim, signing, grant: known.grant };
}

/** Bucket and key: path style, or virtual-host style where the host is the server's with the bucket before it. */
function placeOf(url: URL, grant: Grant, port: GatewayPort): { bucket: string; key: string } {
  const host = port.host?.();
  if (host !== undefined && url.hostname === `${grant.bucket}.${host}`)
    return { bucket: grant.bucket, key: decode(url.pathname.replace(/^\/s3\/?/, '')) };
  const [, bucket = '', key = ''] = /^\/s3\/?([^/]*)\/?(.*)$/s.exec(url.pathname) ?? [];
  return { bucket: decode(bucket), key: decode(key) };
}

/** The decision on an action, if it is allowed; otherwise it is written down and refused. */
export function permit(call: Call, action: GatewayAction, key: string): Extract<AccessDecision, { allow: true }> {
  const decision = decideAccess(call.grant, action, key);
  if (decision.allow) return decision;
  throw refusal(call, decision.reason, key);
}

export function refusal({ port, grant, raw, bucket, key: own }: Call, reason: string, key: string = own): SlipwayError {
  const record = { job: grant.job, method: raw.method, bucket, key, reason };
  port.log.warn(record, 'the gateway refused a job');
  port.audit?.(record);
  return gatewayError('GATEWAY_ACCESS_DENIED', { reason });
}

export function storeOf({ port, bucket }: Call): ObjectStore {
  const store = port.store(bucket);
  if (store === undefined) throw gatewayError('GATEWAY_NO_SUCH_BUCKET', { bucket });
  return store;
}

/** A body may have taken long: the job may have ended meanwhile. */
export async function refuseEnded({ port, claim }: Call): Promise<void> {
  if ((await port.credentials(claim.accessKeyId)) === undefined) throw gatewayError('GATEWAY_INVALID_ACCESS_KEY_ID');
}
