import { SlipwayError, defineErrors, messageOf } from '../kit/index.ts';

/** The errors of mirrors. `{entry}` is `name-version-hash`; `{store}` is a URL without credentials. */
export const mirrorError = defineErrors({
  MIRROR_KEY_INVALID: {
    message: '`{key}` is not the name of an object: {reason}',
    hint: 'Names are relative paths such as `v3/layout.json`, without `..`',
    status: 400,
    exitCode: 2,
  },
  MIRROR_URL_UNSUPPORTED: {
    message: '`{url}` is not the URL of a mirror that slipway can use',
    hint: 'Give a path, `file:///path`, `s3://bucket/prefix`, `oci://registry/repository` or, for reading, `https://…`',
    exitCode: 2,
  },
  MIRROR_INDEX_MISSING: {
    message: 'Mirror {store} has {count} entries and no index',
    hint: 'Make the index again: `slipway mirror index`.',
  },
  MIRROR_INDEX_REPLACED: {
    message: 'The index of mirror {store} is not the one that its writer signed as number {number}',
    hint: 'Run `slipway mirror verify`, and find out who changed the mirror.',
  },
  MIRROR_ENTRIES_ABSENT: {
    message: 'Mirror {store} lacks {count} entries that its index names, such as `{entry}`',
    hint: 'Run `slipway mirror verify`, and find out who removed them.',
  },
  MIRROR_STORE_READ_ONLY: {
    message: '`{key}` cannot be written: {store} can only be read',
    hint: 'Push to the address that the mirror is written at: a folder, `s3://…` or `oci://…`',
    status: 405,
    exitCode: 2,
  },
  MIRROR_VARIABLE_MISSING: {
    message: 'Mirror `{mirror}` takes its credentials from `{variable}`, which is not set',
    hint: 'Set the variable, or take the `access_pair` out of `spack.yaml` for a mirror that needs none',
    exitCode: 2,
  },
  MIRROR_PROFILE_UNKNOWN: {
    message: 'There is no profile `{profile}` in {files}',
    hint: 'Name one of `aws configure list-profiles`, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
    exitCode: 2,
  },
  MIRROR_PROFILE_UNSUPPORTED: {
    message: 'Profile `{profile}` gets its credentials by `{setting}`, which slipway does not do itself',
    hint: 'Name one with `credential_process = aws configure export-credentials --profile {profile}` instead',
    exitCode: 2,
  },
  MIRROR_CREDENTIALS_UNAVAILABLE: {
    message: '{source} gave no credentials: {reason}',
    hint: 'Run it in a terminal; the environment of slipway may differ from yours',
    status: 502,
  },
  MIRROR_STORE_WRITE_FAILED: {
    message: 'Could not write `{path}`: {reason}',
    hint: '{remedy}',
    status: 507,
  },
  MIRROR_STORE_READ_FAILED: {
    message: 'Could not read `{path}`: {reason}',
    hint: 'Check that the folder exists and that this user may read it',
    status: 500,
  },
  MIRROR_STORE_CONFLICT: {
    message: '`{key}` of {store} was changed by another writer in the meantime',
    hint: 'Read it again and repeat the change',
    status: 412,
  },
  MIRROR_STORE_DENIED: {
    message: '{method} `{key}` of {store} was denied: {reason}',
    hint: 'Check the access key and its rights. Without `s3:ListBucket`, S3 denies access to objects that do not exist',
    status: 403,
  },
  MIRROR_STORE_REQUEST_FAILED: {
    message: '{method} `{key}` of {store} failed: {reason}',
    hint: 'Check that the endpoint (S3_ENDPOINT_URL) is reachable; the request can be repeated',
    status: 502,
  },
  MIRROR_LAYOUT_TOO_NEW: {
    message: 'Entry `{entry}` has {part} version {version}; slipway knows versions up to {known}',
    hint: 'Use a newer slipway, or rebuild the package with an older Spack',
  },
  MIRROR_MANIFEST_INVALID: {
    message: 'The manifest of `{entry}` is not a build-cache manifest: {reason}',
    hint: 'Rebuild and push the package again',
  },
  MIRROR_SPEC_INVALID: {
    message: 'The spec file of `{entry}` cannot be read: {reason}',
    hint: 'Rebuild and push the package again',
  },
  MIRROR_SIGNATURE_MISSING: {
    message: '`{entry}` is not signed, and only signed entries are accepted here',
    hint: 'Build it in a protected pipeline, which signs it',
    status: 403,
  },
  MIRROR_SIGNATURE_UNCHECKED: {
    message: 'The signature of `{entry}` cannot be checked: no trusted key was given',
    hint: 'Name the public keys of trusted signers: `--keys`, or SLIPWAY_TRUSTED_KEYS (a file or the keys themselves).',
    status: 403,
    exitCode: 2,
  },
  MIRROR_SIGNATURE_MALFORMED: {
    message: '`{entry}` does not hold exactly one signed message: {reason}',
    hint: 'Rebuild and push the package again, and find out who changed it',
    status: 403,
  },
  MIRROR_SIGNATURE_INVALID: {
    message: 'The signature of `{entry}` does not match its text: {reason}',
    hint: 'The entry was changed after it was signed; rebuild the package, and find out who changed it',
    status: 403,
  },
  MIRROR_SIGNATURE_KEY_UNKNOWN: {
    message: '`{entry}` is signed with key `{key}`, which is not trusted here',
    hint: 'Add the key to the trusted keys if you know its owner, or rebuild the package',
    status: 403,
  },
  MIRROR_SIGNATURE_KEY_EXPIRED: {
    message: '`{entry}` is signed with key `{key}`, which {reason}',
    hint: 'Extend the key, or sign the entry again with one that is valid',
    status: 403,
  },
  MIRROR_ENTRY_MISMATCH: {
    message: 'The entry named `{entry}` holds the spec of `{found}`',
    hint: 'One entry was copied over another; rebuild and push the package again',
    status: 403,
  },
  MIRROR_HASH_WRONG: {
    message: 'A spec of `{entry}` has the hash `{recorded}`, but its content gives `{computed}`',
    hint: 'The spec was altered; rebuild and push the package again',
    status: 403,
  },
  MIRROR_BLOB_MISSING: {
    message: 'Blob `{digest}` ({part} of `{entry}`) is not on {store}',
    hint: 'Rebuild and push the package again',
  },
  MIRROR_BLOB_SIZE_WRONG: {
    message: 'Blob `{digest}` ({part} of `{entry}`) has {size} bytes, not {expected} as in its manifest',
    hint: 'Rebuild and push the package again',
  },
  MIRROR_BLOB_DIGEST_WRONG: {
    message: 'Blob `{digest}` ({part} of `{entry}`) has other content: its SHA-256 is `{found}`',
    hint: 'The blob was damaged or altered; rebuild and push the package again',
  },
  MIRROR_TARBALL_MISMATCH: {
    message: 'The tarball of `{entry}` holds {found}',
    hint: 'The manifest names the tarball of another package; rebuild and push the package again',
  },
  MIRROR_ARCHIVE_REFUSED: {
    message: 'The archive holds `{name}`, which {reason}',
    hint: 'Do not use this archive; find out who made it, and rebuild the package',
  },
  MIRROR_ARCHIVE_TOO_LARGE: {
    message: 'The archive has more than {limit} {unit}',
    hint: 'Raise the limit if the package is really that large',
    status: 413,
  },
  MIRROR_ARCHIVE_BROKEN: {
    message: 'The archive cannot be read: {reason}',
    hint: 'Rebuild and push the package again',
  },
  MIRROR_FOLDER_OCCUPIED: {
    message: 'Cannot install into `{folder}`: it exists already',
    hint: 'Remove it first, or name another folder',
    status: 409,
  },
  MIRROR_PREFIX_UNSUITABLE: {
    message: 'Cannot pack `{path}`: {reason}',
    hint: 'Change what the package installs there',
  },
  MIRROR_PREFIX_HOLDS_SECRET: {
    message: '`{path}` contains the value of the secret variable `{name}`, so the package was not packed.',
    hint: 'Keep the value out of what the package installs, and replace the secret: the job’s other files may contain it too.',
  },
  MIRROR_SPEC_NOT_IN_LOCK: {
    message: 'There is no package with hash `{hash}` in the lock',
    hint: 'Take the hash from the lock that the package was built from',
    exitCode: 2,
  },
  MIRROR_INDEX_INVALID: {
    message: 'The index of {store} cannot be read: {reason}',
    hint: 'Make it again from the entries: `slipway mirror index`',
    status: 500,
  },
  MIRROR_INDEX_STORE_FAILED: {
    message: 'The index of record `{path}` cannot be opened: {reason}',
    hint: 'Check that this user may write there; if the file is damaged, remove it and run `slipway mirror index`',
    status: 500,
  },
  MIRROR_STATEMENT_INVALID: {
    message: 'The signed statement on the index of {store} cannot be read: {reason}',
    hint: 'Publish the index again with `slipway mirror index`',
    status: 500,
  },
  MIRROR_COPY_INCOMPLETE: {
    message: 'Nothing was copied: not on {store}: {missing}',
    hint: 'Build what is missing first, or copy from a mirror that has it',
    status: 409,
  },
  MIRROR_VIEW_INCOMPLETE: {
    message: 'Cannot make the view of lock `{lock}`: not on {store}: {missing}',
    hint: 'Finish the protected pipeline of this lock first',
    status: 409,
  },
  MIRROR_DEPENDENCY_MISSING: {
    message: '`{entry}` needs what is not on {store}: {missing}',
    hint: 'Push what is missing first, or install from a mirror that has it',
    status: 409,
  },
  MIRROR_RELOCATION_REFUSED: {
    message: '`{file}` cannot be moved to the new prefix: {reason}',
    hint: 'Install it to a shorter prefix, or build it with more padding (`config:install_tree:padded_length`)',
  },
  MIRROR_MIGRATE_REFUSED: {
    message: '{count} entries of {from} were not taken over',
    hint: 'The reasons are above; build these packages again, or trust their key (`--keys`, `--unsigned`)',
  },
  MIRROR_ENTRY_UNCLEAR: {
    message: '{count} packages of {mirror} have a hash that begins with `{hash}`',
    hint: 'Take the hash from `slipway mirror list`',
    status: 404,
    exitCode: 2,
  },
  MIRROR_LAYOUT_OLD: {
    message:
      '{mirror} has the layout of an older Spack, in which slipway only lists, shows, searches, verifies and indexes',
    hint: 'Migrate it, in place or elsewhere: `slipway mirror migrate <from> <to>`. Tarballs are shared if possible',
    status: 409,
    exitCode: 2,
  },
  MIRROR_LAYOUT_OLDEST: {
    message: '{mirror} has layout 0, which Spack up to 0.18 wrote and no later one reads',
    hint: 'Migrate it to a current mirror: `slipway mirror migrate <from> <to>`',
    status: 409,
    exitCode: 2,
  },
  MIRROR_VIEW_MISSING: {
    message: 'There is no such view or snapshot on {mirror}: {names}',
    hint: 'Take the name from `slipway mirror views`',
    status: 404,
    exitCode: 2,
  },
  MIRROR_REF_UNKNOWN: {
    message: '{repository} has no branch, tag or commit `{ref}`',
    hint: 'Fetch it first, or name the clone with `--repository`',
    status: 404,
    exitCode: 2,
  },
  MIRROR_REPOSITORY_UNREADABLE: {
    message: '{repository} cannot be read as a git repository: {reason}',
    hint: 'Name a clone with `--repository`',
    exitCode: 2,
  },
  MIRROR_SPEC_MISSING: {
    message: 'No package of {mirror} matches `{spec}`',
    hint: 'See what is there with `slipway mirror list`',
    status: 404,
    exitCode: 2,
  },
  MIRROR_SPEC_UNCLEAR: {
    message: 'Several packages of {mirror} match `{spec}`: {packages}',
    hint: 'Name one by its hash: `/hash`',
    status: 409,
    exitCode: 2,
  },
  MIRROR_ABSENT: {
    message: 'Mirror {mirror} does not exist: there is no such folder',
    hint: 'Check the path; the first push creates a mirror.',
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
    hint: 'Export them as text: `slipway key export`, or `gpg --armor --export`.',
    exitCode: 2,
  },
  MIRROR_FAULTY: {
    message: 'The mirror `{mirror}` has {count} faults',
    hint: 'The remedy stands below each of them.',
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
