import { defineErrors } from '../../kit/index.ts';

/** What the gateway refuses. The S3 code that clients see is the name after `GATEWAY_`, in S3's spelling. */
export const gatewayError = defineErrors({
  GATEWAY_ACCESS_DENIED: {
    message: '{reason}.',
    hint: 'A job may read the protected mirror and its own prefix, and write its own package there until it ends.',
    status: 403,
  },
  GATEWAY_QUOTA_EXCEEDED: {
    message: '`{prefix}` has {used} of {limit} bytes, so {size} more bytes exceed the limit (`quotas.request.bytes`).',
    hint:
      'Close pull requests that are finished, or raise the limit for the server or the stack in ' +
      '`slipway.server.yaml`.',
    status: 403,
  },
  GATEWAY_INVALID_ACCESS_KEY_ID: {
    message: 'The access key is unknown, or its job has ended.',
    hint: 'Use AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of the running job.',
    status: 403,
  },
  GATEWAY_SIGNATURE_DOES_NOT_MATCH: {
    message: 'The signature of {what} does not match the request.',
    hint: 'Check the secret key, and that no proxy changes the host, the path or the signed headers.',
    status: 403,
  },
  GATEWAY_REQUEST_TIME_TOO_SKEWED: {
    message: 'The date of the request, {date}, differs from the time of the server by more than 15 minutes.',
    hint: 'Correct the clock of the client.',
    status: 403,
  },
  GATEWAY_AUTHORIZATION_HEADER_MALFORMED: {
    message: 'The header `Authorization` cannot be read: {reason}.',
    hint: 'Sign the request with AWS Signature Version 4 for the service `s3`.',
    status: 400,
  },
  GATEWAY_AUTHORIZATION_QUERY_PARAMETERS_ERROR: {
    message: 'The authorization in the URL cannot be read: {reason}.',
    hint: 'Presign the URL with AWS Signature Version 4 for the service `s3`, for at most one week.',
    status: 400,
  },
  GATEWAY_INVALID_REQUEST: {
    message: 'The request is signed in a way that is not supported. Please use AWS4-HMAC-SHA256.',
    hint: 'Set `Config(signature_version="s3v4")` in boto3, or `signature_version = s3v4` below `s3 =` for the AWS CLI.',
    status: 400,
  },
  GATEWAY_INVALID_URI: { message: 'The path `{path}` cannot be decoded.', status: 400 },
  GATEWAY_INVALID_ARGUMENT: { message: '{reason}.', status: 400 },
  GATEWAY_INCOMPLETE_BODY: { message: 'The body does not match its headers: {reason}.', status: 400 },
  GATEWAY_BAD_DIGEST: {
    message: 'The {what} in the headers does not match the body.',
    status: 400,
  },
  GATEWAY_X_AMZ_CONTENT_SHA256_MISMATCH: {
    message: 'The SHA-256 of the body does not match the signed `x-amz-content-sha256`.',
    status: 400,
  },
  GATEWAY_NO_SUCH_UPLOAD: {
    message: 'There is no upload `{upload}` of this job for this object.',
    hint: 'Start a new upload. This one was aborted, or its job has ended.',
    status: 404,
  },
  GATEWAY_INVALID_PART: {
    message: 'Part {part} does not exist, or its entity tag differs from the one in the request.',
    status: 400,
  },
  GATEWAY_INVALID_PART_ORDER: { message: 'The parts are not in ascending order.', status: 400 },
  GATEWAY_ENTITY_TOO_SMALL: {
    message: 'Part {part} is smaller than {least} bytes, but is not the last part.',
    status: 400,
  },
  GATEWAY_MALFORMED_XML: { message: 'The body is not valid XML for this request.', status: 400 },
  GATEWAY_BUCKET_ALREADY_OWNED_BY_YOU: {
    message: 'The bucket already exists and belongs to this job. It cannot be created or changed here.',
    status: 409,
  },
  GATEWAY_ENTITY_TOO_LARGE: { message: 'The object is larger than {limit} bytes.', status: 400 },
  GATEWAY_NO_SUCH_KEY: { message: 'There is no object `{key}`.', status: 404 },
  GATEWAY_NO_SUCH_BUCKET: { message: 'There is no bucket `{bucket}`.', status: 404 },
  GATEWAY_PRECONDITION_FAILED: {
    message: 'The object `{key}` does not meet the precondition of the request.',
    status: 412,
  },
  GATEWAY_INVALID_RANGE: {
    message: 'The range is outside the object, which has {size} bytes.',
    status: 416,
  },
  GATEWAY_NOT_IMPLEMENTED: {
    message: 'The gateway does not support {what}.',
    hint: 'Use GET, HEAD, PUT, multipart uploads or lists. Deletes are accepted, but not carried out.',
    status: 501,
  },
  GATEWAY_DISK_FULL: {
    message: 'The object cannot be stored, because the disk of `{path}` is full.',
    hint: 'Free space there, or move the data folder to a larger disk. Then retry the job.',
    status: 507,
  },
  GATEWAY_INTERNAL_ERROR: { message: '{reason}.', status: 500 },
});
