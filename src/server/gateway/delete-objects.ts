import { gatewayError } from './gateway-errors.ts';
import { permit, record, refusal, type Call } from './gateway-call.ts';
import { decideAccess } from './s3-grant.ts';
import { keyBelow } from './s3-location.ts';
import { readSmallBody } from './s3-receive.ts';
import { xmlResponse } from './s3-xml.ts';
import { readXml } from './s3-xml-read.ts';

const MOST_KEYS = 1000;

/**
 * `DELETE` of an object, which never removes anything. Spack deletes the old objects of an entry before it pushes it
 * again, and fails if it may not. So the answer is "deleted" for what a job may write, and a refusal for the rest.
 */
export function deleteObject(call: Call): Response {
  permit(call, 'delete', call.key);
  keep(call, call.key);
  return new Response(null, { status: 204 });
}

/** `POST ?delete`: the same for up to a thousand keys, each with its own result. */
export async function deleteObjects(call: Call): Promise<Response> {
  const document = readXml(await readSmallBody(call, 2 ** 21), ['Object']) as {
    Delete?: { Object?: readonly { Key?: string }[]; Quiet?: string };
  };
  const keys = (document.Delete?.Object ?? []).map(({ Key }) => Key ?? '');
  if (keys.length === 0 || keys.length > MOST_KEYS) throw gatewayError('GATEWAY_MALFORMED_XML');
  const denied: { Key: string; Code: string; Message: string }[] = [];
  const gone: { Key: string }[] = [];
  for (const named of keys) {
    const key = keyBelow(call, named);
    const decision = decideAccess(call.grant, 'delete', key);
    if (decision.allow) {
      keep(call, key);
      gone.push({ Key: named });
    } else {
      denied.push({ Key: named, Code: 'AccessDenied', Message: refusal(call, decision.reason, key).message });
    }
  }
  const isQuiet = document.Delete?.Quiet === 'true';
  return xmlResponse('DeleteResult', { Deleted: isQuiet ? [] : gone, Error: denied });
}

function keep(call: Call, key: string): void {
  const reason = 'Nothing is deleted through the gateway; the job got the answer that it was';
  record(call, { key, reason, method: 'DELETE' }, 'the gateway kept an object that a job deleted');
}
