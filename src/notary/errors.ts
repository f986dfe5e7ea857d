import { defineErrors } from '../kit/index.ts';

/** Refusals of the notary, and failures of its keys and its log. */
export const notaryError = defineErrors({
  NOTARY_NAME_REFUSED: {
    message: '`{key}` is not the name of a package manifest.',
    hint: 'Push to `v3/manifests/spec/<name>/<name>-<version>-<hash>.spec.manifest.json`.',
    status: 403,
  },
  NOTARY_NOT_IN_LOCK: {
    message: '`{entry}` is not in lock `{lock}` of pipeline {pipeline}, so it is not signed.',
    hint: 'Check the lock of the job. Only packages in the lock of the protected pipeline are accepted.',
    status: 403,
  },
  NOTARY_ALREADY_SIGNED: {
    message: 'The manifest of `{entry}` is already signed.',
    hint: 'Push it unsigned (`spack buildcache push --unsigned`). The server signs it after its checks.',
  },
  NOTARY_DIFF_ID_WRONG: {
    message: 'The manifest of `{entry}` records the diffId `{named}`, but the tarball has `{found}`.',
    hint: 'Pack the package and push it again.',
  },
  NOTARY_TEXT_UNSIGNABLE: {
    message: 'Line {line} of the text cannot be signed: {reason}.',
    hint: 'Write the manifest as Spack does, with each token on a separate line.',
  },
  NOTARY_SIGNING_FAILED: {
    message: 'Signing with key `{key}` failed: {reason}.',
    hint: 'Check with `gpg --show-keys` that the key is not expired or revoked, and check the clock of this machine.',
    status: 500,
  },
  NOTARY_SIGNATURE_UNEQUAL: {
    message: 'Key `{key}` signed a text that differs from the requested text, so the signature was discarded.',
    hint: 'Report this as a bug of Slipway, with the text.',
    status: 500,
  },
  NOTARY_KEY_UNREADABLE: {
    message: 'The {what} cannot be read: {reason}.',
    hint: 'Use ASCII armor from `gpg --armor --export` or `--export-secret-keys`, or its base64 on one line.',
    exitCode: 2,
  },
  NOTARY_KEY_LOCKED: {
    message: 'Signing key `{key}` is protected by a passphrase.',
    hint: 'Export the key without a passphrase, because a server cannot enter one.',
    exitCode: 2,
  },
  NOTARY_KEY_ENCRYPTED: {
    message: 'The key in `{file}` is encrypted, but `keyProtection` is not configured.',
    hint: 'Set `keyProtection` to the passphrase or the commands that the key was encrypted with.',
    status: 500,
    exitCode: 2,
  },
  NOTARY_COMMAND_FAILED: {
    message: 'The command `{command}` for a key of the notary failed: {reason}.',
    hint: 'Run it as the user of the notary. It reads standard input and must not ask questions.',
    status: 500,
  },
  NOTARY_LOCK_WRONG: {
    message: 'The lock `{lock}` in the request has the digest `{found}`.',
    hint: 'The lock was changed after the pipeline recorded it. Find out who changed it, and run the pipeline again.',
    status: 403,
  },
  NOTARY_LOCK_UNKNOWN: {
    message: 'The notary does not have lock `{lock}`.',
    hint: 'Send the lock to `/v1/locks/<digest>` first.',
    status: 409,
  },
  NOTARY_LOCK_CHANGED: {
    message:
      'Pipeline {pipeline} requested signatures with lock `{lock}`, but packages of it were signed with lock ' +
      '`{before}`.',
    hint: 'Start a new pipeline, because a pipeline has only one lock.',
    status: 403,
  },
  NOTARY_IDENTITY_UNPROTECTED: {
    message: 'Nothing is signed for `{ref}` of `{project}`, because it is not a protected ref of the stack.',
    hint: 'Protect the ref in the CI system, and add it to `protected` of the entry in `identities`.',
    status: 403,
  },
  NOTARY_IDENTITY_REPLAYED: {
    message: 'The ID token has already been used for pipeline {pipeline}.',
    hint: 'Request a new token in the job. If no job sent it twice, find out who could read it.',
    status: 401,
  },
  NOTARY_IDENTITY_UNKNOWN: {
    message: 'The notary accepts no ID tokens for stack `{stack}`.',
    hint: 'Give the stack the same `identities` in the configurations of the notary and the server.',
    status: 403,
  },
  NOTARY_IDENTITY_MISSING: {
    message: 'The notary signs only for pipelines that sent an ID token, and pipeline {pipeline} has not.',
    hint: 'Push from a job that `identities` allows, or remove `identitiesOnly` from the configuration of the notary.',
    status: 403,
  },
  NOTARY_IDENTITY_EXPIRED: {
    message: 'The permission from the ID token of pipeline {pipeline} has expired.',
    hint: 'Send a new ID token from the job, or set a longer `lifetime` in the entry of `identities`.',
    status: 403,
  },
  NOTARY_STACK_UNKNOWN: {
    message: 'The notary does not know stack `{stack}`.',
    hint: 'Add the stack with its mirror to the configuration of the notary.',
    status: 403,
  },
  NOTARY_ENTRY_MISSING: {
    message: 'The mirror of `{stack}` has no entry `{entry}` to sign again.',
    hint: 'Run a protected pipeline, which builds missing packages.',
    status: 404,
  },
  NOTARY_NOT_IN_LOG: {
    message: 'Tarball {tarball} of `{entry}` is not in the signing log, so it is not signed again.',
    hint: 'The owner of the revoked key may have pushed it. Remove the entry, and build it in a protected pipeline.',
    status: 403,
  },
  NOTARY_STATEMENT_REFUSED: {
    message: 'The statement on the index of `{stack}` was not signed: {reason}.',
    hint: 'Compare the mirror with a backup. An older index may have been restored.',
  },
  NOTARY_KEY_REVOKED: {
    message: 'Key `{key}` was revoked on {since} and cannot be used any more.',
    hint: 'Configure another key, or none to create a new one.',
    status: 409,
    exitCode: 2,
  },
  NOTARY_RING_BROKEN: {
    message: 'The list of keys `{file}` cannot be read: {reason}.',
    hint: 'Restore it from a backup. The keys are in the same folder.',
    status: 500,
    exitCode: 2,
  },
  NOTARY_NOT_STARTED: {
    message: 'The notary did not start: {reason}.',
    hint: 'Run `slipway notary` to see the reason.',
    status: 500,
  },
  NOTARY_PAYLOAD_REFUSED: {
    message: 'The text to sign for an image is not a cosign document: {reason}.',
    hint: 'Report this as a bug of Slipway.',
  },
  NOTARY_IMAGE_REFUSED: {
    message: 'Image `{image}` of pipeline {pipeline} was not signed: {reason}.',
    hint: 'Publish it again from the protected pipeline. If it is refused again, find out who requested the signature.',
    status: 403,
  },
  NOTARY_REPOSITORY_REFUSED: {
    message: 'The notary does not sign images in `{repository}` for stack `{stack}`.',
    hint: 'Add the repository to `signs.repositories` of the stack in the configuration of the notary.',
    status: 403,
  },
  NOTARY_DOCKERFILE_REFUSED: {
    message:
      'The notary does not sign images of stack `{stack}` that were built from a Dockerfile, because it cannot ' +
      'check their layers.',
    hint: 'Set `signs: { dockerfile: true }` for the stack in the configuration of the notary.',
    status: 403,
  },
  NOTARY_IMAGE_KEY_MISSING: {
    message: 'The notary has no key for images.',
    hint: 'Create one with `slipway key create --cosign`, or import one.',
    status: 409,
  },
  NOTARY_PASSWORD_WRONG: {
    message: 'The key cannot be decrypted with this passphrase.',
    hint: 'Check `keyProtection`, or `COSIGN_PASSWORD` for a key that cosign created.',
    exitCode: 2,
  },
  NOTARY_KEY_NOT_KNOWN: {
    message: 'There is no key `{key}` in {folder}.',
    hint: 'Run `slipway key list`, and name the key by its fingerprint or its last 16 digits.',
    status: 404,
    exitCode: 2,
  },
  NOTARY_KEY_SIGNS: {
    message: 'Key `{key}` cannot be revoked, because it currently signs the mirrors.',
    hint: 'Replace it first with `slipway key rotate`.',
    status: 409,
  },
  NOTARY_KEY_CONFIGURED: {
    message:
      'The signing key is set in the configuration or in `SPACK_SIGNING_KEY`, so it cannot be replaced in ' +
      '{folder}.',
    hint: 'Configure the new key, and restart the server. The old key is accepted until it is revoked.',
    status: 409,
    exitCode: 2,
  },
  NOTARY_UNREACHABLE: {
    message: 'The notary at {address} cannot be reached: {reason}.',
    hint: 'Check that the notary is running. Until it answers, nothing is signed; then jobs can push again.',
    status: 503,
  },
  NOTARY_CERTIFICATE_REFUSED: {
    message: 'The certificate of the notary at {address} is not trusted: {reason}.',
    hint: 'Set `notary.certificate` of the server to the certificate of the notary or of its issuer.',
    status: 503,
  },
  NOTARY_TOKEN_WRONG: {
    message: 'The token of the request is not that of this notary.',
    hint: 'Configure the same token for the server and the notary.',
    status: 401,
  },
  NOTARY_REQUEST_INVALID: {
    message: 'The request to the notary is not valid: {reason}.',
    hint: 'Use the same version of Slipway for the server and the notary.',
    status: 400,
  },
  NOTARY_LOG_BROKEN: {
    message: 'Line {line} of the signing log was changed after it was written: {reason}.',
    hint: 'Compare the log with a backup, and check everything that was signed since.',
    status: 500,
  },
  NOTARY_LOG_FAILED: {
    message: 'The signing log `{path}` cannot be written: {reason}.',
    hint: 'Free space, or let the notary write to the file. Until then nothing is signed.',
    status: 507,
  },
  NOTARY_LOG_HEAD_MISSING: {
    message: 'No record of `{file}` has the SHA-256 {head}, so the log was replaced or truncated.',
    hint: 'Compare the log with a backup, and check everything that was signed since.',
    status: 500,
  },
  NOTARY_NOT_RE_SIGNED: {
    message: '{count} entries were not signed again.',
    hint: 'They were not signed here, or are damaged. Remove them, and build them in a protected pipeline.',
    status: 500,
  },
  NOTARY_KEYS_NONE: {
    message: 'There is no signing key in {folder}.',
    hint:
      'Start the server once to create a key, or name the folder of its data with `--data` or `--config`, or a ' +
      'key file.',
    status: 404,
    exitCode: 2,
  },
});
