import { defineErrors } from '../../kit/index.ts';

/** What the gateway refuses. The S3 code that clients see is the name after `GATEWAY_`, in S3's spelling. */
export const gatewayError = defineErrors({
  GATEWAY_ACCESS_DENIED: {
    message: '{reason}',
    hint: 'A job reads the protected mirror and its own prefix, and writes its own package there, until it ends.',
    status: 403,
  },
  GATEWAY_QUOTA_EXCEEDED: {
    message: '`{prefix}` has {used} of {limit} bytes, and {size} more are too many (`quotas.request.bytes`).',
    hint: 'Close pull requests that are done, or raise the limit in `slipway.server.yaml` for the server or the stack.',
    status: 403,
  },
  GATEWAY_INVALID_ACCESS_KEY_ID: {
    message: 'The access key is not known, or its job has ended',
    hint: 'Use AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY as the running job has them.',
    status: 403,
  },
  GATEWAY_SIGNATURE_DOES_NOT_MATCH: {
    message: 'The signature of {what} does not match what was sent',
    hint: 'Check the secret key, and that no proxy changes the host, the path or the signed headers.',
    status: 403,
  },
  GATEWAY_REQUEST_TIME_TOO_SKEWED: {
    message: 'The request is dated {date}, more than 15 minutes from the time here',
    hint: "Set the client's clock.",
    status: 403,
  },
  GATEWAY_AUTHORIZATION_HEADER_MALFORMED: {
    message: 'The authorization cannot be read: {reason}',
    hint: 'Sign with AWS Signature Version 4 for the service `s3`.',
    status: 400,
  },
  GATEWAY_AUTHORIZATION_QUERY_PARAMETERS_ERROR: {
    message: 'The authorization in the URL cannot be read: {reason}',
    hint: 'Presign with AWS Signature Version 4 for the service `s3`, for a week at most.',
    status: 400,
  },
  GATEWAY_INVALID_REQUEST: {
    message: 'The request is signed in a way that is not supported. Please use AWS4-HMAC-SHA256',
    hint: 'Set `Config(signature_version="s3v4")` in boto3, or `signature_version = s3v4` below `s3 =` for the AWS CLI.',
    status: 400,
  },
  GATEWAY_INVALID_URI: { message: 'The path `{path}` cannot be decoded', status: 400 },
  GATEWAY_INVALID_ARGUMENT: { message: '{reason}', status: 400 },
  GATEWAY_INCOMPLETE_BODY: { message: 'The body does not match its headers: {reason}', status: 400 },
  GATEWAY_BAD_DIGEST: {
    message: 'The {what} that was named is not that of the body that was sent',
    status: 400,
  },
  GATEWAY_X_AMZ_CONTENT_SHA256_MISMATCH: {
    message: 'The body that was sent has another SHA-256 than the one that was signed',
    status: 400,
  },
  GATEWAY_NO_SUCH_UPLOAD: {
    message: 'There is no upload `{upload}` of this job for this object',
    hint: 'It was aborted, or its job has ended; begin a new one.',
    status: 404,
  },
  GATEWAY_INVALID_PART: {
    message: 'Part {part} is not there, or has another entity tag than the one that was named',
    status: 400,
  },
  GATEWAY_INVALID_PART_ORDER: { message: 'The parts are not named in ascending order', status: 400 },
  GATEWAY_ENTITY_TOO_SMALL: {
    message: 'Part {part} is not the last, and smaller than {least} bytes',
    status: 400,
  },
  GATEWAY_MALFORMED_XML: { message: 'The body is not the XML that belongs to this request', status: 400 },
  GATEWAY_BUCKET_ALREADY_OWNED_BY_YOU: {
    message: 'The bucket is there, and this job uses it; it cannot be made or changed here',
    status: 409,
  },
  GATEWAY_ENTITY_TOO_LARGE: { message: 'The object is larger than {limit} bytes', status: 400 },
  GATEWAY_NO_SUCH_KEY: { message: 'There is no object `{key}`', status: 404 },
  GATEWAY_NO_SUCH_BUCKET: { message: 'There is no bucket `{bucket}`', status: 404 },
  GATEWAY_PRECONDITION_FAILED: {
    message: 'The object `{key}` is not in the requested state',
    status: 412,
  },
  GATEWAY_INVALID_RANGE: {
    message: 'The object has {size} bytes, none of which is in the range',
    status: 416,
  },
  GATEWAY_NOT_IMPLEMENTED: {
    message: 'The gateway does not know {what}',
    hint: 'It knows GET, HEAD, PUT, uploads in parts, lists, and deletes that it does not carry out.',
    status: 501,
  },
  GATEWAY_DISK_FULL: {
    message: 'The object cannot be taken in: the disk of `{path}` is full',
    hint: 'Free space there, or put the data folder on a larger disk; then retry the job.',
    status: 507,
  },
  GATEWAY_INTERNAL_ERROR: { message: '{reason}', status: 500 },
});
