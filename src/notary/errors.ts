import { defineErrors } from '../kit/index.ts';

/** What the notary refuses, and what can go wrong with its keys and its log. */
export const notaryError = defineErrors({
  NOTARY_NAME_REFUSED: {
    message: "`{key}` is not the name of a package's manifest",
    hint: 'Push to `v3/manifests/spec/<name>/<name>-<version>-<hash>.spec.manifest.json`',
    status: 403,
    exitCode: 1,
  },
  NOTARY_NOT_IN_LOCK: {
    message: '`{entry}` is not in lock `{lock}` of pipeline {pipeline}, so it is not signed',
    hint: "Only packages of the protected pipeline's own lock are accepted; check which lock the job was given",
    status: 403,
    exitCode: 1,
  },
  NOTARY_ALREADY_SIGNED: {
    message: 'The manifest of `{entry}` comes with a signature of its own',
    hint: 'Push unsigned (`spack buildcache push --unsigned`): the server signs what it has checked',
    status: 422,
    exitCode: 1,
  },
  NOTARY_DIFF_ID_WRONG: {
    message: 'The manifest of `{entry}` gives its tarball the diffId `{said}`; it is `{found}`',
    hint: 'Pack and push the package again',
    status: 422,
    exitCode: 1,
  },
  NOTARY_TEXT_UNSIGNABLE: {
    message: 'Line {line} of the text can not be signed: {reason}',
    hint: 'Write the manifest as Spack does, every token on a line of its own',
    status: 422,
    exitCode: 1,
  },
  NOTARY_SIGNING_FAILED: {
    message: 'Signing with key `{key}` failed: {reason}',
    hint: 'Check that the key is not expired or revoked (`gpg --show-keys`), and the clock of this machine',
    status: 500,
    exitCode: 1,
  },
  NOTARY_SIGNATURE_UNEQUAL: {
    message: 'What key `{key}` signed reads back differently from what was given to it; the signature was thrown away',
    hint: 'Report this with the text as a fault of slipway',
    status: 500,
    exitCode: 1,
  },
  NOTARY_KEY_UNREADABLE: {
    message: 'The {what} can not be read: {reason}',
    hint: 'Give ASCII armor as `gpg --armor --export` or `--export-secret-keys` writes it, or its base64 on one line',
    status: 422,
    exitCode: 2,
  },
  NOTARY_KEY_LOCKED: {
    message: 'Signing key `{key}` is protected by a passphrase',
    hint: 'Export it without one: a server has nobody to type it in',
    status: 422,
    exitCode: 2,
  },
  NOTARY_LOG_BROKEN: {
    message: 'Line {line} of the signing log is not what was written: {reason}',
    hint: 'Somebody changed the log; compare it with a copy, and check everything signed since',
    status: 500,
    exitCode: 1,
  },
  NOTARY_LOG_FAILED: {
    message: 'Could not write the signing log `{path}`: {reason}',
    hint: 'Free space or give the right to write there; until then nothing is signed',
    status: 507,
    exitCode: 1,
  },
});
