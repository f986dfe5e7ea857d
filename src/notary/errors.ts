import { defineErrors } from '../kit/index.ts';

/** Refusals of the notary, and failures of its keys and its log. */
export const notaryError = defineErrors({
  NOTARY_NAME_REFUSED: {
    message: "`{key}` is not the name of a package's manifest",
    hint: 'Push to `v3/manifests/spec/<name>/<name>-<version>-<hash>.spec.manifest.json`',
    status: 403,
  },
  NOTARY_NOT_IN_LOCK: {
    message: '`{entry}` is not in lock `{lock}` of pipeline {pipeline}, so it is not signed',
    hint: "Only packages of the protected pipeline's own lock are accepted; check the lock of the job.",
    status: 403,
  },
  NOTARY_ALREADY_SIGNED: {
    message: 'The manifest of `{entry}` comes with a signature of its own',
    hint: 'Push unsigned (`spack buildcache push --unsigned`): the server signs what it has checked',
  },
  NOTARY_DIFF_ID_WRONG: {
    message: 'The diffId of the tarball of `{entry}` is `{named}` in its manifest; it should be `{found}`',
    hint: 'Pack and push the package again',
  },
  NOTARY_TEXT_UNSIGNABLE: {
    message: 'Line {line} of the text cannot be signed: {reason}',
    hint: 'Write the manifest as Spack does, every token on a line of its own',
  },
  NOTARY_SIGNING_FAILED: {
    message: 'Signing with key `{key}` failed: {reason}',
    hint: 'Check that the key is not expired or revoked (`gpg --show-keys`), and the clock of this machine',
    status: 500,
  },
  NOTARY_SIGNATURE_UNEQUAL: {
    message: 'The text that key `{key}` signed differs from the text to be signed; the signature was discarded',
    hint: 'Report this with the text as a fault of slipway',
    status: 500,
  },
  NOTARY_KEY_UNREADABLE: {
    message: 'The {what} cannot be read: {reason}',
    hint: 'Use ASCII armor as `gpg --armor --export` or `--export-secret-keys` writes it, or its base64 on one line.',
    exitCode: 2,
  },
  NOTARY_KEY_LOCKED: {
    message: 'Signing key `{key}` is protected by a passphrase',
    hint: 'Export it without one: a server cannot type it in.',
    exitCode: 2,
  },
  NOTARY_KEY_ENCRYPTED: {
    message: 'The key in `{file}` is encrypted, and no `keyProtection` is configured.',
    hint: 'Configure the passphrase or the commands that it was encrypted with.',
    status: 500,
    exitCode: 2,
  },
  NOTARY_COMMAND_FAILED: {
    message: '`{command}`, which works with a key of the notary, failed: {reason}.',
    hint: 'Run it as the notary’s user; it reads its standard input and must not ask questions.',
    status: 500,
  },
  NOTARY_LOCK_WRONG: {
    message: 'The lock that was sent as `{lock}` has the digest `{found}`',
    hint: 'The lock was changed after the pipeline recorded it. Find out who changed it, and run the pipeline again.',
    status: 403,
  },
  NOTARY_LOCK_UNKNOWN: {
    message: 'The notary has not seen lock `{lock}` yet',
    hint: 'Send it to `/v1/locks/<digest>` first',
    status: 409,
  },
  NOTARY_LOCK_CHANGED: {
    message: 'Pipeline {pipeline} requests signatures by lock `{lock}`; packages of it were signed by lock `{before}`',
    hint: 'A pipeline has one lock; start a new one',
    status: 403,
  },
  NOTARY_IDENTITY_UNPROTECTED: {
    message: 'Nothing is signed for `{ref}` of `{project}`: it is not a protected ref of the stack.',
    hint: 'Protect the ref in the CI system, and name it in `protected` of the entry in `identities`.',
    status: 403,
  },
  NOTARY_IDENTITY_REPLAYED: {
    message: 'The ID token has been used before, for pipeline {pipeline}.',
    hint: 'Request a new token in the job. If no job has shown it twice, find out who has read it.',
    status: 401,
  },
  NOTARY_IDENTITY_UNKNOWN: {
    message: 'The notary accepts no ID tokens for stack `{stack}`.',
    hint: 'Give the stack the same `identities` in the configuration of the notary as in that of the server.',
    status: 403,
  },
  NOTARY_IDENTITY_MISSING: {
    message: 'The notary signs only for pipelines that showed it an ID token, and pipeline {pipeline} has not.',
    hint: 'Push from a job that is named in `identities`, or take `identitiesOnly` out of the configuration of the notary.',
    status: 403,
  },
  NOTARY_IDENTITY_EXPIRED: {
    message: 'What the ID token of pipeline {pipeline} allowed has expired.',
    hint: 'Exchange a new ID token in the job, or set a longer `lifetime` in the entry of `identities`.',
    status: 403,
  },
  NOTARY_STACK_UNKNOWN: {
    message: 'The notary does not know stack `{stack}`',
    hint: 'Name it, with its mirror, in the configuration of the notary',
    status: 403,
  },
  NOTARY_ENTRY_MISSING: {
    message: 'The mirror of `{stack}` has no entry `{entry}` to sign again',
    hint: 'Run a protected pipeline: it builds what the mirror lacks',
    status: 404,
  },
  NOTARY_NOT_IN_LOG: {
    message: 'Tarball {tarball} of `{entry}` is not in the log of what was signed, so it is not signed again',
    hint: 'A holder of the revoked key may have pushed it. Remove the entry, and let a protected pipeline build it.',
    status: 403,
  },
  NOTARY_STATEMENT_REFUSED: {
    message: 'The statement on the index of `{stack}` is not signed: {reason}',
    hint: 'Compare the mirror with a copy of it; an older index may have been put back',
  },
  NOTARY_KEY_REVOKED: {
    message: 'Key `{key}` was revoked on {since}; it cannot be used any more',
    hint: 'Configure another key, or none: then one is created.',
    status: 409,
    exitCode: 2,
  },
  NOTARY_RING_BROKEN: {
    message: 'The list of keys `{file}` cannot be read: {reason}',
    hint: 'Restore it from a copy; the keys themselves are beside it.',
    status: 500,
    exitCode: 2,
  },
  NOTARY_NOT_STARTED: {
    message: 'The notary did not start: {reason}',
    hint: 'Run `slipway notary` alone to see why',
    status: 500,
  },
  NOTARY_PAYLOAD_REFUSED: {
    message: 'The text to be signed for an image is not one of cosign’s documents: {reason}',
    hint: 'Report this as a fault of slipway',
  },
  NOTARY_IMAGE_REFUSED: {
    message: 'Image `{image}` of pipeline {pipeline} is not signed: {reason}.',
    hint: 'Publish it again from the protected pipeline. If it is refused again, find out who requested the signature.',
    status: 403,
  },
  NOTARY_REPOSITORY_REFUSED: {
    message: 'The notary signs no images in `{repository}` for stack `{stack}`.',
    hint: 'Add the repository to `signs.repositories` of the stack.',
    status: 403,
  },
  NOTARY_DOCKERFILE_REFUSED: {
    message: 'The notary signs no image of stack `{stack}` that a Dockerfile built: it cannot check the layers.',
    hint: 'Set `signs: { dockerfile: true }` for the stack in the configuration of the notary.',
    status: 403,
  },
  NOTARY_IMAGE_KEY_MISSING: {
    message: 'The notary has no key for images',
    hint: 'Create one with `slipway key create --cosign`, or import one.',
    status: 409,
  },
  NOTARY_PASSWORD_WRONG: {
    message: 'The key cannot be decrypted with this password.',
    hint: 'Check `keyProtection`, or `COSIGN_PASSWORD` for a key that cosign made.',
    exitCode: 2,
  },
  NOTARY_KEY_NOT_KNOWN: {
    message: 'There is no key `{key}` in {folder}',
    hint: 'See `slipway key list`; a key is named by its fingerprint, or its last 16 digits',
    status: 404,
    exitCode: 2,
  },
  NOTARY_KEY_SIGNS: {
    message: 'Key `{key}` signs the mirrors now, so it cannot be revoked',
    hint: 'Replace it first with `slipway key rotate`.',
    status: 409,
  },
  NOTARY_KEY_CONFIGURED: {
    message:
      'The key that signs comes from the configuration or `SPACK_SIGNING_KEY`, so it cannot be replaced in {folder}',
    hint: 'Configure the new key, and start the server again. The old key stays accepted until it is revoked.',
    status: 409,
    exitCode: 2,
  },
  NOTARY_UNREACHABLE: {
    message: 'The notary at {address} cannot be reached: {reason}',
    hint: 'Nothing is signed until it answers; then jobs can push again.',
    status: 503,
  },
  NOTARY_CERTIFICATE_REFUSED: {
    message: 'The certificate of the notary at {address} is not trusted: {reason}',
    hint: 'Set `notary.certificate` of the server to the certificate of the notary, or of its issuer.',
    status: 503,
  },
  NOTARY_TOKEN_WRONG: {
    message: 'The request does not have the token of this notary',
    hint: 'The server and the notary must read the same token',
    status: 401,
  },
  NOTARY_REQUEST_INVALID: {
    message: 'The notary does not understand the request: {reason}',
    hint: 'The server and the notary must be of one version',
    status: 400,
  },
  NOTARY_LOG_BROKEN: {
    message: 'Line {line} of the signing log is not what was written: {reason}',
    hint: 'The log was changed. Compare it with a copy, and check everything that was signed since.',
    status: 500,
  },
  NOTARY_LOG_FAILED: {
    message: 'Could not write the signing log `{path}`: {reason}',
    hint: 'Free space, or allow the notary to write there; until then nothing is signed.',
    status: 507,
  },
  NOTARY_LOG_HEAD_MISSING: {
    message: 'No record of `{file}` has the SHA-256 {head}: the log was replaced or truncated',
    hint: 'Compare it with the copy, and check everything that was signed since.',
    status: 500,
  },
  NOTARY_NOT_RE_SIGNED: {
    message: '{count} entries have no new signature',
    hint: 'They were not signed here, or are damaged. Remove them, and let a protected pipeline build them.',
    status: 500,
  },
  NOTARY_KEYS_NONE: {
    message: 'There is no signing key in {folder}.',
    hint: 'The server creates one when it first starts. Name its data with `--data` or `--config`, or a key file.',
    status: 404,
    exitCode: 2,
  },
});
