import type { MirrorGrant } from '../../coordinator/index.ts';
import type { AuditEntry } from '../../audit/index.ts';
import { SlipwayError, systemClock } from '../../kit/index.ts';
import type { ObjectStore } from '../../mirror/index.ts';
import { reasonText } from '../audit-requests.ts';
import type { EntityTags } from './entity-tags.ts';
import { gatewayError } from './gateway-errors.ts';
import type { GatewayPort } from './gateway-port.ts';
import type { MultipartFolder } from './multipart-folder.ts';
import type { PrefixUsage } from './prefix-usage.ts';
import type { IncomingBody } from './s3-receive.ts';
import { decideAccess, type AccessDecision, type GatewayAction } from './s3-grant.ts';
import { locationOf, type Location } from './s3-location.ts';
import { readSignature, verifySignature, type ChunkSigning, type SignatureClaim } from './s3-signature.ts';

const ACTIONS: Readonly<Record<string, string>> = {
  GET: 'mirror.read',
  HEAD: 'mirror.read',
  DELETE: 'mirror.delete',
};

/** What all requests share. */
export interface GatewayService {
  readonly port: GatewayPort;
  readonly etags: EntityTags;
  readonly uploads: MultipartFolder;
  readonly usage: PrefixUsage;
}

/** A request with a valid signature, and the rights of its job. */
export interface Call extends GatewayService, IncomingBody, Location {
  readonly url: URL;
  readonly claim: SignatureClaim;
  readonly signing: ChunkSigning;
  readonly grant: MirrorGrant;
}

/** Checks the signature of a request. Throws S3's errors. */
export async function authenticate(body: IncomingBody, url: URL, gateway: GatewayService): Promise<Call> {
  const { raw } = body;
  const { port } = gateway;
  const request = { method: raw.method, url, headers: raw.headers };
  const claim = readSignature(request);
  const known = await port.credentials(claim.accessKeyId);
  if (known === undefined) throw gatewayError('GATEWAY_INVALID_ACCESS_KEY_ID');
  const clock = port.clock ?? systemClock;
  const signing = verifySignature(request, claim, { secret: known.secretAccessKey, clock });
  return { ...gateway, ...body, url, ...locationOf(url, known.grant, port), claim, signing, grant: known.grant };
}

/** Returns the decision on an action if it is allowed. Otherwise records and throws the refusal. */
export function permit(call: Call, action: GatewayAction, key: string): Extract<AccessDecision, { allow: true }> {
  const decision = decideAccess(call.grant, action, key);
  if (decision.allow) return decision;
  throw refusal(call, decision.reason, key);
}

/** Records that a request was refused, and returns the error. */
export function refusal(call: Call, reason: string, key: string = call.key): SlipwayError {
  record(call, { key, reason }, 'the gateway refused a job');
  return gatewayError('GATEWAY_ACCESS_DENIED', { reason });
}

/** Writes a refused request of a job into the server's log and the audit log. */
export function record(
  call: Call,
  { reason, key = call.key, method = call.raw.method }: { reason: string; key?: string; method?: string },
  message: string,
): void {
  const { port, grant, bucket } = call;
  port.log.warn({ job: grant.job, method, bucket, key, reason }, message);
  port.audit?.({ ...requestOf(call, method), on: key, outcome: 'refused', reason });
}

/** Refuses an upload that is larger than what is left of the quota of its pull request. */
export function refuseOverQuota(call: Call, size: number): Promise<void> {
  return recordExcess(call, () => call.usage.check(call.grant, storeOf(call), size));
}

/** Writes an object of this size within the quota of its pull request. */
export function withinQuota<T>(call: Call, size: number, work: () => Promise<T>): Promise<T> {
  return recordExcess(call, () => call.usage.write(call.grant, { store: storeOf(call), size }, work));
}

async function recordExcess<T>(call: Call, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SlipwayError && error.code === 'GATEWAY_QUOTA_EXCEEDED')
      record(call, { reason: reasonText(error) }, 'an upload exceeds the quota of its pull request');
    throw error;
  }
}

/** Records that an entry of a mirror was accepted. */
export function recordPush(call: Call): void {
  call.port.audit?.({ ...requestOf(call, call.raw.method), on: call.key, outcome: 'done' });
}

function requestOf({ grant, bucket, from }: Call, method: string): Omit<AuditEntry, 'outcome'> {
  const action = ACTIONS[method] ?? 'mirror.push';
  return {
    who: /^\d+$/.test(grant.job) ? `job:${grant.job}` : grant.job.replace(/^token /, 'token:'),
    from,
    action,
    stack: grant.buckets.length === 1 ? grant.buckets[0] : bucket,
    details: { method, bucket },
  };
}

export function storeOf({ port, bucket }: Call): ObjectStore {
  const store = port.store(bucket);
  if (store === undefined) throw gatewayError('GATEWAY_NO_SUCH_BUCKET', { bucket });
  return store;
}

/** Throws if the job ended while the body was received. */
export async function refuseEnded({ port, claim }: Call): Promise<void> {
  if ((await port.credentials(claim.accessKeyId)) === undefined) throw gatewayError('GATEWAY_INVALID_ACCESS_KEY_ID');
}
