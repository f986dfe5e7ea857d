import { defineErrors } from '../kit/index.ts';

export const generateError = defineErrors({
  GENERATE_KEYS_MISSING: {
    message: 'The mirror {mirror} requires signed entries, but no key is trusted.',
    hint: 'Set SLIPWAY_TRUSTED_KEYS to the public keys, or to the path of a file that contains them.',
    exitCode: 2,
  },
  GENERATE_ENVIRONMENT_MISSING: {
    message: 'There is no `spack.yaml` in {folder}.',
    hint: 'Name the folder of the environment with `--env`.',
    exitCode: 2,
  },
  GENERATE_ENVIRONMENT_INVALID: {
    message: '{file}, line {line}: {fault}.',
    hint: 'Correct the file. `spack config get` shows how Spack reads it.',
    exitCode: 2,
  },
  GENERATE_SCOPE_MISSING: {
    message: 'There is no configuration file or folder at {path}.',
    hint: 'Name an existing file or folder in `include` or `--config-scope`.',
    exitCode: 2,
  },
  GENERATE_SCOPE_INVALID: {
    message: 'Configuration file {file}, line {line}: {fault}.',
    hint: 'Write the file as YAML with sections such as `ci:` at the top level.',
    exitCode: 2,
  },
  GENERATE_INCLUDE_REMOTE: {
    message: 'The environment includes {location}, which is not a local file.',
    hint: 'Commit the file to the repository and include it from there.',
    exitCode: 2,
  },
  GENERATE_INCLUDE_INVALID: {
    message: 'The environment has an `include` entry without a path: {entry}.',
    hint: 'Write a path, or a mapping with the key `path`.',
    exitCode: 2,
  },
  GENERATE_INCLUDE_CONDITION: {
    message: 'The condition `{condition}` for including {path} cannot be evaluated.',
    hint: 'Use only platform, os, hostname and env.get("X"), alone or compared with text, and `and`, `or`, `not`.',
    exitCode: 2,
  },
  GENERATE_INCLUDE_VARIABLE: {
    message: 'The variable {variable} in the include {path} is not set.',
    hint: 'Set the variable for the job, or write the whole path.',
    exitCode: 2,
  },
  GENERATE_INCLUDE_CIRCLE: {
    message: 'Configuration files include each other in a cycle at {folder}.',
    hint: 'Remove one of these includes.',
    exitCode: 2,
  },
  GENERATE_CI_INVALID: {
    message: 'Section `{place}` is not valid: {fault}.',
    hint: "Use the keys of Spack's schema for `ci:` (before 0.19: `gitlab-ci:`).",
    exitCode: 2,
  },
  GENERATE_KNOWN_BROKEN: {
    message: 'These packages are on the list of broken packages {list}: {packages}.',
    hint:
      'Change the packages so that their hashes change, remove them from the list, or build everything with ' +
      '`--no-prune`.',
  },
  GENERATE_MIRROR_MISSING: {
    message: 'The environment has no mirror `{name}`, which {need} requires.',
    hint: 'Add the mirror under `mirrors:`, or use `--mirror`.',
    exitCode: 2,
  },
  GENERATE_PUSH_FAILED: {
    message: 'The generated pipeline could not be pushed to {repository}: {fault}.',
    hint: 'Check DOWNSTREAM_CI_REPO, and that this job may push to it.',
    status: 502,
  },
  GENERATE_TOO_LARGE: {
    message: 'Job {job} has {size} bytes, which is more than a whole pipeline may have ({limit}).',
    hint: 'Shorten its scripts or variables in the section `ci:`.',
  },
  GENERATE_BUILDER_UNKNOWN: {
    message: 'SLIPWAY_BUILDER names the unknown builder `{builder}`.',
    hint:
      'Set SLIPWAY_BUILDER to `spack` or `recipes`, or remove it: a stack with a folder `recipes` then uses ' +
      'recipes.',
    exitCode: 2,
  },
});
