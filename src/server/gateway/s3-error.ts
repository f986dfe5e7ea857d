import { SlipwayError, messageOf } from '../../kit/index.ts';
import { gatewayError } from './gateway-errors.ts';
import { xmlDocument } from './s3-xml.ts';

const PREFIX = 'GATEWAY_';
const SPELLED_OTHERWISE: Readonly<Record<string, string>> = {
  GATEWAY_INVALID_URI: 'InvalidURI',
  GATEWAY_MALFORMED_XML: 'MalformedXML',
  GATEWAY_X_AMZ_CONTENT_SHA256_MISMATCH: 'XAmzContentSHA256Mismatch',
};

/** Returns the S3 code of a failure; for codes of other modules the closest that clients handle. */
function s3Code(error: SlipwayError): string {
  if (!error.code.startsWith(PREFIX))
    return BY_STATUS[error.status] ?? (error.status >= 500 ? 'InternalError' : 'InvalidRequest');
  const words = error.code.slice(PREFIX.length).toLowerCase().split('_');
  return SPELLED_OTHERWISE[error.code] ?? words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

const BY_STATUS: Readonly<Record<number, string>> = {
  401: 'AccessDenied',
  403: 'AccessDenied',
  412: 'PreconditionFailed',
  // Clients try again: the notary is being started.
  503: 'ServiceUnavailable',
};

/** Returns a failure in S3's form. Unexpected errors have no details. */
export function s3ErrorResponse(error: unknown, resource: string): Response {
  const known =
    error instanceof SlipwayError ? error : gatewayError('GATEWAY_INTERNAL_ERROR', { reason: 'The gateway failed' });
  const hint = known.hint === undefined ? '' : ` ${known.hint}`;
  const isOurs = known.code.startsWith(PREFIX);
  const message = `${messageOf(known)}${isOurs ? '' : ` [${known.code}]`}${hint}`;
  const body = xmlDocument(
    'Error',
    { Code: s3Code(known), Message: message, Resource: resource },
    { namespace: false },
  );
  return new Response(body, { status: known.status, headers: { 'Content-Type': 'application/xml' } });
}
