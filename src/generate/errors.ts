import { defineErrors } from '../kit/index.ts';

export const generateError = defineErrors({
  GENERATE_KEYS_MISSING: {
    message: 'The mirror {mirror} must hold signed entries, but no key is trusted',
    hint: 'Set SLIPWAY_TRUSTED_KEYS to the public keys, or to the path of a file that contains them.',
    exitCode: 2,
  },
  GENERATE_ENVIRONMENT_MISSING: {
    message: 'There is no `spack.yaml` in {folder}',
    hint: 'Name the folder of the environment with --env.',
    exitCode: 2,
  },
  GENERATE_ENVIRONMENT_INVALID: {
    message: '{file}, line {line}: {fault}',
    hint: 'Correct the environment; `spack config get` shows how Spack reads it.',
    exitCode: 2,
  },
  GENERATE_SCOPE_MISSING: {
    message: 'There is no configuration at {path}',
    hint: 'Name an existing file or folder in `include` or `--config-scope`.',
    exitCode: 2,
  },
  GENERATE_SCOPE_INVALID: {
    message: 'Configuration {file}, line {line}: {fault}',
    hint: 'A file of configuration is YAML with sections such as `ci:` at its top.',
    exitCode: 2,
  },
  GENERATE_INCLUDE_REMOTE: {
    message: 'The environment includes {location}, which is not a local file',
    hint: 'Put the file into the repository and include it from there.',
    exitCode: 2,
  },
  GENERATE_INCLUDE_INVALID: {
    message: 'The environment has an include that names no path: {entry}',
    hint: 'Write a path, or a mapping with `path`.',
    exitCode: 2,
  },
  GENERATE_INCLUDE_CONDITION: {
    message: 'Whether {path} is included depends on `{condition}`, which cannot be decided here',
    hint: 'Use platform, os, hostname and env.get("X"), alone or compared with text, and `and`, `or`, `not`.',
    exitCode: 2,
  },
  GENERATE_INCLUDE_VARIABLE: {
    message: 'Include {path} needs the variable {variable}, which is not set',
    hint: 'Set it for the job, or write the whole path.',
    exitCode: 2,
  },
  GENERATE_INCLUDE_CIRCLE: {
    message: 'Configuration files include each other in a circle, at {folder}',
    hint: 'Remove one of these includes.',
    exitCode: 2,
  },
  GENERATE_CI_INVALID: {
    message: 'Section `{place}`: {fault}',
    hint: "The keys are those of Spack's schema of `ci:` (or of `gitlab-ci:` before 0.19).",
    exitCode: 2,
  },
  GENERATE_KNOWN_BROKEN: {
    message: 'These packages are on the list of broken ones, {list}: {packages}',
    hint: 'Change them so that their hashes change, remove them from the list, or build everything with --no-prune.',
  },
  GENERATE_MIRROR_MISSING: {
    message: 'The environment has no mirror named `{name}`, and {need} needs one',
    hint: 'Add it under `mirrors:`, or use --mirror.',
    exitCode: 2,
  },
  GENERATE_PUSH_FAILED: {
    message: 'The generated pipeline could not be pushed to {repository}: {fault}',
    hint: 'Check DOWNSTREAM_CI_REPO and that this job may push there.',
    status: 502,
  },
  GENERATE_TOO_LARGE: {
    message: 'The job {job} alone is larger than a pipeline may be ({size} bytes of {limit})',
    hint: 'Shorten its scripts or variables in the `ci:` section.',
  },
  GENERATE_BUILDER_UNKNOWN: {
    message: 'SLIPWAY_BUILDER names an unknown builder, `{builder}`',
    hint: 'Set it to `spack` or `recipes`, or unset it: a stack with a folder `recipes` is built by recipes.',
    exitCode: 2,
  },
});
