import { defineErrors } from '../kit/index.ts';

export const generateError = defineErrors({
  GENERATE_KEYS_MISSING: {
    message: 'The mirror {mirror} must hold signed entries, but no key is trusted',
    hint: 'Set SLIPWAY_TRUSTED_KEYS to the public keys, or to the path of a file that contains them.',
    status: 422,
    exitCode: 2,
  },
  GENERATE_ENVIRONMENT_MISSING: {
    message: 'There is no `spack.yaml` in {folder}',
    hint: 'Name the folder of the environment with --env.',
    status: 422,
    exitCode: 2,
  },
  GENERATE_ENVIRONMENT_INVALID: {
    message: '{file}, line {line}: {fault}',
    hint: 'Mend the environment; `spack config get` shows what Spack makes of it.',
    status: 422,
    exitCode: 2,
  },
  GENERATE_SCOPE_MISSING: {
    message: 'There is no configuration at {place}',
    hint: 'Name an existing file or folder in `include` or `--config-scope`.',
    status: 422,
    exitCode: 2,
  },
  GENERATE_SCOPE_INVALID: {
    message: 'Configuration {file}, line {line}: {fault}',
    hint: 'A file of configuration is YAML with sections such as `ci:` at its top.',
    status: 422,
    exitCode: 2,
  },
  GENERATE_INCLUDE_REMOTE: {
    message: 'The environment includes {place}, which is not a file here',
    hint: 'Put the file into the repository and include it from there.',
    status: 422,
    exitCode: 2,
  },
  GENERATE_INCLUDE_INVALID: {
    message: 'The environment has an include that names no path: {entry}',
    hint: 'Write a path, or a mapping with `path`.',
    status: 422,
    exitCode: 2,
  },
  GENERATE_INCLUDE_CONDITION: {
    message: 'Whether {path} is included depends on `{condition}`, which cannot be decided here',
    hint: 'Understood are platform, os, hostname and env.get("X"), as they are or compared with text, and, or, not.',
    status: 422,
    exitCode: 2,
  },
  GENERATE_INCLUDE_VARIABLE: {
    message: 'Include {path} needs the variable {variable}, which is not set',
    hint: 'Set it for the job, or write the path out.',
    status: 422,
    exitCode: 2,
  },
  GENERATE_INCLUDE_CIRCLE: {
    message: 'Files of configuration include each other without end, at {folder}',
    hint: 'Take one of these includes out.',
    status: 422,
    exitCode: 2,
  },
  GENERATE_CI_INVALID: {
    message: 'Section `{place}`: {fault}',
    hint: "The keys are those of Spack's schema of `ci:` (or of `gitlab-ci:` before 0.19).",
    status: 422,
    exitCode: 2,
  },
  GENERATE_KNOWN_BROKEN: {
    message: 'These packages are on the list of broken ones, {list}: {packages}',
    hint: 'Change them so that their hashes change, take them off the list, or build everything with --no-prune.',
    status: 422,
    exitCode: 1,
  },
  GENERATE_MIRROR_MISSING: {
    message: 'The environment has no mirror named `{name}`, and {need} needs one',
    hint: 'Add it under `mirrors:`, or give --mirror.',
    status: 422,
    exitCode: 2,
  },
  GENERATE_PUSH_FAILED: {
    message: 'The generated pipeline could not be pushed to {repository}: {fault}',
    hint: 'Check DOWNSTREAM_CI_REPO and that this job may push there.',
    status: 502,
    exitCode: 1,
  },
  GENERATE_TOO_LARGE: {
    message: 'The job {job} alone is larger than a pipeline may be ({size} bytes of {limit})',
    hint: 'Shorten its scripts or variables in the `ci:` section.',
    status: 422,
    exitCode: 1,
  },
  GENERATE_BUILDER_UNKNOWN: {
    message: 'SLIPWAY_BUILDER is `{builder}`, which is no builder',
    hint: 'Set it to `spack` or `recipes`, or leave it out: a stack with a folder `recipes` is built by recipes.',
    status: 422,
    exitCode: 2,
  },
});
