import { SlipwayError, defineErrors, messageOf } from '../kit/index.ts';

/** The errors of mirrors. `{entry}` is `name-version-hash`; `{store}` is a URL without credentials. */
export const mirrorError = defineErrors({
  MIRROR_KEY_INVALID: {
    message: '`{key}` is not a valid object name: {reason}.',
    hint: 'Use a relative path such as `v3/layout.json`, without `..`.',
    status: 400,
    exitCode: 2,
  },
  MIRROR_URL_UNSUPPORTED: {
    message: '`{url}` is not the URL of a mirror that Slipway supports.',
    hint:
      'Use a path, `file:///path`, `s3://bucket/prefix`, `oci://registry/repository` or, for reading, ' +
      '`https://…`.',
    exitCode: 2,
  },
  MIRROR_INDEX_MISSING: {
    message: 'Mirror {store} has {count} entries, but no index.',
    hint: 'Create the index again with `slipway mirror index`.',
  },
  MIRROR_INDEX_REPLACED: {
    message: 'The index of mirror {store} differs from the one that its writer signed as number {number}.',
    hint: 'Run `slipway mirror verify`, and find out who changed the mirror.',
  },
  MIRROR_ENTRIES_ABSENT: {
    message: 'Mirror {store} lacks {count} entries that its index names, such as `{entry}`.',
    hint: 'Run `slipway mirror verify`, and find out who removed them.',
  },
  MIRROR_STORE_READ_ONLY: {
    message: '`{key}` cannot be written, because {store} is read-only.',
    hint: 'Push to a URL that can be written: a folder, `s3://…` or `oci://…`.',
    status: 405,
    exitCode: 2,
  },
  MIRROR_VARIABLE_MISSING: {
    message: 'Mirror `{mirror}` reads its credentials from `{variable}`, which is not set.',
    hint: 'Set `{variable}`, or remove `access_pair` from `spack.yaml` if the mirror needs no credentials.',
    exitCode: 2,
  },
  MIRROR_PROFILE_UNKNOWN: {
    message: 'There is no AWS profile `{profile}` in {files}.',
    hint:
      'Name a profile that `aws configure list-profiles` shows, or set AWS_ACCESS_KEY_ID and ' +
      'AWS_SECRET_ACCESS_KEY.',
    exitCode: 2,
  },
  MIRROR_PROFILE_UNSUPPORTED: {
    message: 'AWS profile `{profile}` uses `{setting}`, which Slipway does not support.',
    hint: 'Use a profile with `credential_process = aws configure export-credentials --profile {profile}` instead.',
    exitCode: 2,
  },
  MIRROR_CREDENTIALS_UNAVAILABLE: {
    message: '{source} returned no credentials: {reason}.',
    hint: 'Run it in a terminal with the same environment variables as Slipway.',
    status: 502,
  },
  MIRROR_STORE_WRITE_FAILED: {
    message: '`{path}` cannot be written: {reason}.',
    hint: '{remedy}',
    status: 507,
  },
  MIRROR_STORE_READ_FAILED: {
    message: '`{path}` cannot be read: {reason}.',
    hint: 'Check that the folder exists and that this user may read it.',
    status: 500,
  },
  MIRROR_STORE_CONFLICT: {
    message: '`{key}` of {store} was changed by another writer at the same time.',
    hint: 'Read it again and repeat the change.',
    status: 412,
  },
  MIRROR_STORE_DENIED: {
    message: 'Access denied for {method} `{key}` of {store}: {reason}.',
    hint:
      'Check the access key and its permissions. Without `s3:ListBucket`, S3 also denies access to objects ' +
      'that do not exist.',
    status: 403,
  },
  MIRROR_STORE_REQUEST_FAILED: {
    message: '{method} `{key}` of {store} failed: {reason}.',
    hint: 'Check that the endpoint (S3_ENDPOINT_URL) can be reached, and repeat the request.',
    status: 502,
  },
  MIRROR_LAYOUT_TOO_NEW: {
    message: 'Entry `{entry}` has {part} version {version}, but Slipway supports only versions up to {known}.',
    hint: 'Update Slipway, or rebuild the package with an older version of Spack.',
  },
  MIRROR_MANIFEST_INVALID: {
    message: 'The manifest of `{entry}` is not a build-cache manifest: {reason}.',
    hint: 'Rebuild the package and push it again.',
  },
  MIRROR_SPEC_INVALID: {
    message: 'The spec file of `{entry}` cannot be read: {reason}.',
    hint: 'Rebuild the package and push it again.',
  },
  MIRROR_SIGNATURE_MISSING: {
    message: '`{entry}` is not signed, but only signed entries are accepted.',
    hint: 'Build it in a protected pipeline, which signs it.',
    status: 403,
  },
  MIRROR_SIGNATURE_UNCHECKED: {
    message: 'The signature of `{entry}` cannot be verified, because no key is trusted.',
    hint:
      'Set `--keys` or SLIPWAY_TRUSTED_KEYS to the public keys of trusted signers, or to a file that contains ' +
      'them.',
    status: 403,
    exitCode: 2,
  },
  MIRROR_SIGNATURE_MALFORMED: {
    message: '`{entry}` does not contain exactly one signed message: {reason}.',
    hint: 'Find out who changed it, rebuild the package and push it again.',
    status: 403,
  },
  MIRROR_SIGNATURE_INVALID: {
    message: 'The signature of `{entry}` does not match its content: {reason}.',
    hint: 'The entry was changed after it was signed. Find out who changed it, and rebuild the package.',
    status: 403,
  },
  MIRROR_SIGNATURE_KEY_UNKNOWN: {
    message: '`{entry}` is signed with key `{key}`, which is not trusted.',
    hint: 'Add the key to the trusted keys if you know its owner, or rebuild the package.',
    status: 403,
  },
  MIRROR_SIGNATURE_KEY_EXPIRED: {
    message: '`{entry}` is signed with key `{key}`, which {reason}.',
    hint: 'Extend the validity of the key, or sign the entry again with a valid key.',
    status: 403,
  },
  MIRROR_ENTRY_MISMATCH: {
    message: 'The entry `{entry}` contains the spec of `{found}`.',
    hint: 'The entry was overwritten with another one. Rebuild the package and push it again.',
    status: 403,
  },
  MIRROR_HASH_WRONG: {
    message: 'A spec of `{entry}` has the hash `{recorded}`, but its content has the hash `{computed}`.',
    hint: 'The spec was modified. Rebuild the package and push it again.',
    status: 403,
  },
  MIRROR_BLOB_MISSING: {
    message: 'Blob `{digest}` ({part} of `{entry}`) is missing on {store}.',
    hint: 'Rebuild the package and push it again.',
  },
  MIRROR_BLOB_SIZE_WRONG: {
    message: 'Blob `{digest}` ({part} of `{entry}`) has {size} bytes, but its manifest records {expected}.',
    hint: 'Rebuild the package and push it again.',
  },
  MIRROR_BLOB_DIGEST_WRONG: {
    message: 'The content of blob `{digest}` ({part} of `{entry}`) has the SHA-256 `{found}`.',
    hint: 'The blob was damaged or modified. Rebuild the package and push it again.',
  },
  MIRROR_TARBALL_MISMATCH: {
    message: 'The tarball of `{entry}` contains {found}.',
    hint: 'The manifest refers to the tarball of another package. Rebuild the package and push it again.',
  },
  MIRROR_ARCHIVE_REFUSED: {
    message: 'The archive contains `{name}`, which {reason}.',
    hint: 'Do not use this archive. Find out who created it, and rebuild the package.',
  },
  MIRROR_ARCHIVE_TOO_LARGE: {
    message: 'The archive has more than {limit} {unit}.',
    hint: 'Raise the limit if the package needs this size.',
    status: 413,
  },
  MIRROR_ARCHIVE_BROKEN: {
    message: 'The archive cannot be read: {reason}.',
    hint: 'Rebuild the package and push it again.',
  },
  MIRROR_FOLDER_OCCUPIED: {
    message: 'The folder `{folder}` already exists, so nothing was installed.',
    hint: 'Remove the folder, or name another one.',
    status: 409,
  },
  MIRROR_PREFIX_UNSUITABLE: {
    message: '`{path}` cannot be packed: {reason}.',
    hint: 'Change what the package installs there.',
  },
  MIRROR_PREFIX_HOLDS_SECRET: {
    message: '`{path}` contains the value of the secret variable `{name}`, so the package was not packed.',
    hint:
      'Keep the value out of the installed files, and replace the secret: other files of the job may contain ' +
      'it too.',
  },
  MIRROR_SPEC_NOT_IN_LOCK: {
    message: 'The lock has no package with the hash `{hash}`.',
    hint: 'Use a hash from the lock that the package was built from.',
    exitCode: 2,
  },
  MIRROR_INDEX_INVALID: {
    message: 'The index of {store} cannot be read: {reason}.',
    hint: 'Create the index again from the entries with `slipway mirror index`.',
    status: 500,
  },
  MIRROR_INDEX_STORE_FAILED: {
    message: 'The index of record `{path}` cannot be opened: {reason}.',
    hint: 'Check that this user may write to it. If the file is damaged, delete it and run `slipway mirror index`.',
    status: 500,
  },
  MIRROR_STATEMENT_INVALID: {
    message: 'The signed statement on the index of {store} cannot be read: {reason}.',
    hint: 'Publish the index again with `slipway mirror index`.',
    status: 500,
  },
  MIRROR_COPY_INCOMPLETE: {
    message: 'Nothing was copied, because these packages are missing on {store}: {missing}.',
    hint: 'Build the missing packages first, or copy from a mirror that has them.',
    status: 409,
  },
  MIRROR_VIEW_INCOMPLETE: {
    message: 'The view of lock `{lock}` cannot be created, because these packages are missing on {store}: {missing}.',
    hint: 'Finish the protected pipeline of this lock first.',
    status: 409,
  },
  MIRROR_DEPENDENCY_MISSING: {
    message: '`{entry}` needs dependencies that are missing on {store}: {missing}.',
    hint: 'Push the missing packages first, or install from a mirror that has them.',
    status: 409,
  },
  MIRROR_RELOCATION_REFUSED: {
    message: '`{file}` cannot be relocated to the new prefix: {reason}.',
    hint:
      'Install the package to a shorter prefix, or build it with more padding ' +
      '(`config:install_tree:padded_length`).',
  },
  MIRROR_MIGRATE_REFUSED: {
    message: '{count} entries of {from} were not migrated.',
    hint: 'Read the reasons above. Build these packages again, or accept them with `--keys` or `--unsigned`.',
  },
  MIRROR_ENTRY_UNCLEAR: {
    message: '{count} packages of {mirror} have a hash that begins with `{hash}`.',
    hint: 'Use the full hash, which `slipway mirror list` shows.',
    status: 404,
    exitCode: 2,
  },
  MIRROR_LAYOUT_OLD: {
    message: '{mirror} has the layout of an older Spack, which Slipway can only list, show, search, verify and index.',
    hint:
      'Migrate it with `slipway mirror migrate <from> <to>`, in place or to another mirror. Tarballs are ' +
      'shared if possible.',
    status: 409,
    exitCode: 2,
  },
  MIRROR_LAYOUT_OLDEST: {
    message: '{mirror} has layout 0, which only Spack up to 0.18 writes and reads.',
    hint: 'Migrate it to a current mirror with `slipway mirror migrate <from> <to>`.',
    status: 409,
    exitCode: 2,
  },
  MIRROR_VIEW_MISSING: {
    message: 'There is no such view or snapshot on {mirror}: {names}.',
    hint: 'Run `slipway mirror views` to list the names.',
    status: 404,
    exitCode: 2,
  },
  MIRROR_REF_UNKNOWN: {
    message: '{repository} has no branch, tag or commit `{ref}`.',
    hint: 'Fetch it first, or name another clone with `--repository`.',
    status: 404,
    exitCode: 2,
  },
  MIRROR_REPOSITORY_UNREADABLE: {
    message: '{repository} cannot be read as a git repository: {reason}.',
    hint: 'Name a clone with `--repository`.',
    exitCode: 2,
  },
  MIRROR_SPEC_MISSING: {
    message: 'No package of {mirror} matches `{spec}`.',
    hint: 'Run `slipway mirror list` to see the packages.',
    status: 404,
    exitCode: 2,
  },
  MIRROR_SPEC_UNCLEAR: {
    message: 'Several packages of {mirror} match `{spec}`: {packages}.',
    hint: 'Name one of them by its hash, as `/hash`.',
    status: 409,
    exitCode: 2,
  },
  MIRROR_ABSENT: {
    message: 'Mirror {mirror} does not exist, because there is no such folder.',
    hint: 'Check the path. The first push creates a mirror.',
    status: 404,
    exitCode: 2,
  },
  MIRROR_IS_FILE: {
    message: '{mirror} is a file, not a mirror.',
    hint: 'Name the folder of the mirror, or its URL.',
    exitCode: 2,
  },
  MIRROR_KEYS_INVALID: {
    message: 'The public keys of `{source}` cannot be read: {reason}.',
    hint: 'Export them as text with `slipway key export` or `gpg --armor --export`.',
    exitCode: 2,
  },
  MIRROR_FAULTY: {
    message: 'The mirror `{mirror}` has {count} faults.',
    hint: 'Follow the remedy below each fault.',
  },
});

/** Returns whether an error means that a store could not be read or written. */
export function isStoreFault(error: unknown): boolean {
  return error instanceof SlipwayError && error.code.startsWith('MIRROR_STORE_');
}

/** Returns whether an error means that an entry is wrong. */
export function isEntryFault(error: unknown): error is SlipwayError {
  return error instanceof SlipwayError && !isStoreFault(error);
}

/** The error for an archive that cannot be read. */
export function brokenArchive(cause: unknown): SlipwayError {
  return mirrorError('MIRROR_ARCHIVE_BROKEN', { reason: messageOf(cause) }, { cause });
}
