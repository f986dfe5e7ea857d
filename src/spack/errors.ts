import { defineErrors } from '../kit/index.ts';

export const spackError = defineErrors({
  SPEC_SYNTAX: {
    message: 'Spec `{spec}` is not valid at character {position}: {fault}.',
    hint: 'Write the spec as `name@version+variant key=value %compiler ^dependency`.',
    status: 400,
    exitCode: 2,
  },
  SPEC_CONFLICT: {
    message: 'Specs `{left}` and `{right}` contradict each other: {fault}.',
    hint: 'Remove one of the two, or add the combination to `exclude` of the matrix.',
    exitCode: 2,
  },
  SPEC_FILE_INVALID: {
    message: 'Spec file {file} is not valid: {fault}.',
    hint: 'Push the package again, or rebuild it.',
  },
  SPEC_FILE_VERSION: {
    message: 'Spec file {file} has format {version}, but only formats {oldest} to {newest} are supported.',
    hint: 'Write the file again with Spack 0.18 or later, or update Slipway.',
  },
  LOCK_INVALID: {
    message: 'Lock file {file} is not valid: {fault}.',
    hint: 'The file may be edited or truncated. Write it again with `spack concretize -f`, or restore it from git.',
    exitCode: 2,
  },
  LOCK_WRONG_TYPE: {
    message: 'File {file} is not a lock of Spack: its `file-type` is {found}, not `spack-lockfile`.',
    hint: 'Name the `spack.lock` of the environment.',
    exitCode: 2,
  },
  LOCK_VERSION: {
    message: 'Lock file {file} has lockfile-version {version}, but only versions {oldest} to {newest} are supported.',
    hint: 'Write the file again with `spack concretize -f` of a Spack up to 1.3, or update Slipway.',
    exitCode: 2,
  },
  LOCK_CYCLE: {
    message: 'Lock file {file} has packages that depend on each other in a cycle: {circle}.',
    hint: 'Remove one of these dependencies from its package, and write the lock again.',
    exitCode: 2,
  },
  LOCK_HASH_MISMATCH: {
    message: 'Lock file {file} names {name} with hash {hash}, but its content has hash {computed}.',
    hint: 'The file was edited. Write it again with `spack concretize -f`.',
    exitCode: 2,
  },
  LOCK_HASH_UNKNOWN: {
    message: 'The lock has no package with hash {hash}.',
    hint: 'Use a hash that is in `concrete_specs` of the lock.',
    status: 404,
    exitCode: 2,
  },
  LOCK_PARTS_CONFLICT: {
    message: 'The parts of the lock cannot be joined: {fault}.',
    hint: 'Lock all parts with the same Spack, configuration and recipes, or lock the whole environment at once.',
  },
  BUILDCACHE_NAME_INVALID: {
    message: 'Package {name}@{version} with hash {hash} cannot be on a mirror, because its {part} is not valid.',
    hint:
      'Use letters, digits, `_`, `-` and `.` in names and versions, and hashes of 32 characters of lower-case ' +
      'base32.',
    exitCode: 2,
  },
  BUILDCACHE_MANIFEST_INVALID: {
    message: 'The build-cache manifest is not valid: {fault}.',
    hint: 'Push the package again.',
  },
  BUILDCACHE_NOT_CLEARSIGNED: {
    message: 'The text is not an OpenPGP clearsigned message: {fault}.',
    hint: 'Sign the text with `gpg --clearsign`, or read it as unsigned.',
  },
  BUILDCACHE_INDEX_INVALID: {
    message: 'The build-cache index is not valid: {fault}.',
    hint: 'Write the index again with `slipway mirror index` or `spack buildcache update-index`.',
  },
  ENVIRONMENT_SHAPE: {
    message: '{what} must be {expected}, not {found}.',
    exitCode: 2,
  },
  ENVIRONMENT_KEY_UNKNOWN: {
    message: '{what} has an unknown key `{key}`.',
    hint: 'Use one of the known keys: {known}.',
    exitCode: 2,
  },
  ENVIRONMENT_KEY_MISSING: {
    message: 'The file does not have the key `spack`.',
    hint: 'Begin the file with `spack:`, and indent everything else below it.',
    exitCode: 2,
  },
  ENVIRONMENT_KEY_OLD: {
    message: 'The key `env` is the old name of `spack`.',
    hint: 'Write `spack:`. Recent versions of Spack do not accept `env:`.',
    exitCode: 2,
  },
  ENVIRONMENT_DEFINITION_UNKNOWN: {
    message: 'The reference `{reference}` names the definition `{name}`, which does not exist{reason}.',
    hint: 'Move the definition above its use, because Spack reads `definitions` from top to bottom.',
    exitCode: 2,
  },
  ENVIRONMENT_DEFINITION_SHAPE: {
    message: 'A definition must have exactly one name besides `when`, but this one has {count}.',
    hint: 'Write each definition as a separate list item: `- name: [spec, …]`.',
    exitCode: 2,
  },
  ENVIRONMENT_CONDITION_UNKNOWN: {
    message: 'The condition `{condition}` cannot be evaluated, so the definition `{name}` is ignored.',
    hint:
      'Use only platform, os, target, arch_str, hostname and env.get("X"), alone or compared with text, and ' +
      '`and`, `or`, `not`.',
    exitCode: 2,
  },
  ENVIRONMENT_MATRIX_EMPTY: {
    message: '{what} is empty, so the matrix produces no specs.',
    hint: 'Add at least one entry to each row, or remove the matrix.',
    exitCode: 2,
  },
  ENVIRONMENT_MATRIX_TOO_LARGE: {
    message: '{what} produces {count} specs, and the limit is {limit}.',
    hint: 'Split the environment, or remove rows from the matrix.',
    exitCode: 2,
  },
  ENVIRONMENT_SPEC_INVALID: {
    message: '{fault}.',
    hint: '{remedy}',
    exitCode: 2,
  },
  ENVIRONMENT_SECTION_INVALID: {
    message: '`{place}` is not valid: {fault}.',
    exitCode: 2,
  },
  ENVIRONMENT_CREDENTIALS: {
    message: 'Mirror `{name}` has a credential in the file itself.',
    hint: 'Use `id_variable` and `secret_variable` (or `access_token_variable`), and set these variables for the job.',
    exitCode: 2,
  },
});
