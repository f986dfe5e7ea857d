import { defineErrors } from '../kit/index.ts';

export const spackError = defineErrors({
  SPEC_SYNTAX: {
    message: 'Spec `{spec}`, character {position}: {fault}',
    hint: 'A spec reads like `name@version+variant key=value %compiler ^dependency`.',
    exitCode: 2,
  },
  SPEC_CONFLICT: {
    message: 'Specs `{left}` and `{right}` cannot both hold: {fault}',
    hint: 'Remove one of the two, or `exclude` the combination from the matrix.',
    exitCode: 2,
  },
  SPEC_FILE_INVALID: {
    message: 'Spec file {file} is not valid: {fault}',
    hint: 'Push the package again, or rebuild it.',
  },
  SPEC_FILE_VERSION: {
    message: 'Spec file {file} has format {version}; formats {oldest} to {newest} can be read',
    hint: 'Write it again with a Spack of 0.18 or later, or update slipway.',
  },
  LOCK_INVALID: {
    message: 'Lock file {file} is not valid: {fault}',
    hint: 'It may be edited or cut off. Write it again with `spack concretize -f`, or restore it from git.',
    exitCode: 2,
  },
  LOCK_WRONG_TYPE: {
    message: 'File {file} is not a Spack lock: its `file-type` is {found}, not `spack-lockfile`',
    hint: 'Name the `spack.lock` of the environment.',
    exitCode: 2,
  },
  LOCK_VERSION: {
    message: 'Lock file {file} has lockfile-version {version}; versions {oldest} to {newest} can be read',
    hint: 'Write it again with `spack concretize -f` of a Spack up to 1.3, or update slipway.',
    exitCode: 2,
  },
  LOCK_CYCLE: {
    message: 'Lock file {file} has packages that depend on each other in a circle: {circle}',
    hint: 'Remove one of these dependencies from its package, then write the lock again.',
    exitCode: 2,
  },
  LOCK_HASH_MISMATCH: {
    message: 'Lock file {file}: {name} is called {hash}, but its content hashes to {computed}',
    hint: 'The file was edited; write it again with `spack concretize -f`.',
    exitCode: 2,
  },
  LOCK_HASH_UNKNOWN: {
    message: 'The lock has no package with hash {hash}',
    hint: 'Use a hash that stands in `concrete_specs` of the lock.',
    status: 404,
    exitCode: 2,
  },
  LOCK_PARTS_CONFLICT: {
    message: 'The locks of parts of an environment cannot be joined: {fault}',
    hint: 'Lock all parts with the same Spack, configuration and recipes, or lock the environment as a whole.',
  },
  BUILDCACHE_NAME_INVALID: {
    message: 'Package {name}@{version} with hash {hash} cannot be on a mirror: its {part} is not valid',
    hint: 'Names are letters, digits, `_`, `-` and `.`; hashes are 32 characters of lower-case base32.',
    exitCode: 2,
  },
  BUILDCACHE_MANIFEST_INVALID: {
    message: 'Build-cache manifest is not valid: {fault}',
    hint: 'Push the package again.',
  },
  BUILDCACHE_NOT_CLEARSIGNED: {
    message: 'The text is not an OpenPGP clearsigned message: {fault}',
    hint: 'Sign it with `gpg --clearsign`, or read it as unsigned.',
  },
  BUILDCACHE_INDEX_INVALID: {
    message: 'Build-cache index is not valid: {fault}',
    hint: 'Write the index again with `slipway mirror index` or `spack buildcache update-index`.',
  },
  ENVIRONMENT_SHAPE: {
    message: '{what} must be {expected}, not {found}',
    exitCode: 2,
  },
  ENVIRONMENT_KEY_UNKNOWN: {
    message: '{what} has an unknown key `{key}`',
    hint: 'Known keys: {known}.',
    exitCode: 2,
  },
  ENVIRONMENT_KEY_MISSING: {
    message: 'The file has no key `spack`',
    hint: 'An environment file begins with `spack:`, with everything else indented below it.',
    exitCode: 2,
  },
  ENVIRONMENT_KEY_OLD: {
    message: 'The key `env` is the old name of `spack`',
    hint: 'Write `spack:`; recent Spack refuses `env:`.',
    exitCode: 2,
  },
  ENVIRONMENT_DEFINITION_UNKNOWN: {
    message: 'Reference `{reference}`: there is no definition `{name}`{reason}',
    hint: 'Spack reads `definitions` from top to bottom: put the definition above its use.',
    exitCode: 2,
  },
  ENVIRONMENT_DEFINITION_SHAPE: {
    message: 'A definition has exactly one name beside `when`; this one has {count}',
    hint: 'Write each definition as an item of its own: `- name: [spec, …]`.',
    exitCode: 2,
  },
  ENVIRONMENT_CONDITION_UNKNOWN: {
    message: 'Condition `{condition}` cannot be decided here; the definition `{name}` is left out',
    hint:
      'Use platform, os, target, arch_str, hostname and env.get("X"), alone or compared with text, ' +
      'and `and`, `or`, `not`.',
    exitCode: 2,
  },
  ENVIRONMENT_MATRIX_EMPTY: {
    message: '{what} is empty, so the matrix makes no spec',
    hint: 'Add at least one entry to each row, or remove the matrix.',
    exitCode: 2,
  },
  ENVIRONMENT_MATRIX_TOO_LARGE: {
    message: '{what} makes {count} specs; the limit is {limit}',
    hint: 'Split the environment, or remove rows from the matrix.',
    exitCode: 2,
  },
  ENVIRONMENT_SPEC_INVALID: {
    message: '{fault}',
    hint: '{remedy}',
    exitCode: 2,
  },
  ENVIRONMENT_SECTION_INVALID: {
    message: '`{place}`: {fault}',
    exitCode: 2,
  },
  ENVIRONMENT_CREDENTIALS: {
    message: 'Mirror `{name}` holds a credential in the file itself',
    hint: 'Use `id_variable` and `secret_variable` (or `access_token_variable`), and set the variables for the job.',
    exitCode: 2,
  },
});
