import { defineErrors } from '../kit/index.ts';

/** Faults of a pipeline's configuration; nearly all reach the user as diagnostics with a line and a column. */
export const gitlabError = defineErrors({
  GITLAB_YAML_INVALID: {
    message: 'The pipeline is not valid YAML: {reason}',
    hint: 'Check indentation, quotes and brackets from there upwards.',
    exitCode: 2,
  },
  GITLAB_TOO_LARGE: {
    message: 'The pipeline is too large: {what} is {actual}, the limit is {limit}',
    hint: "Split the pipeline, or raise the limit in the server's configuration.",
    exitCode: 2,
  },
  GITLAB_DUPLICATE_KEY: { message: 'A key is in one mapping twice; the last one counts', exitCode: 2 },
  GITLAB_DOCUMENT_IGNORED: {
    message: 'This second document is ignored, as the one before it is no header with a `spec`',
    exitCode: 2,
  },
  GITLAB_VALUE_INVALID: { message: '`{keyword}` must be {expected}, not {actual}', exitCode: 2 },
  GITLAB_NAME_INVALID: {
    message: '`{keyword}` has a control character or half a surrogate pair in the name `{name}`',
    hint: 'Remove the character, which may be written as an escape such as `\\0` or `\\n`.',
    exitCode: 2,
  },
  GITLAB_KEYWORD_UNKNOWN: { message: 'Unknown keyword `{keyword}`', hint: '{remedy}', exitCode: 2 },
  GITLAB_KEYWORD_IGNORED: { message: '`{keyword}` has no effect here and is ignored', exitCode: 2 },
  GITLAB_KEYWORD_UNSUPPORTED: { message: '`{keyword}` is not supported', hint: '{remedy}', exitCode: 2 },
  GITLAB_CONDITION_ASSUMED: { message: '`{keyword}` is not evaluated; it counts as true', exitCode: 2 },
  GITLAB_COMPARE_INVALID: {
    message: '`compare_to` names `{ref}`, which is no commit of the repository',
    hint: 'Name a branch, a tag, a SHA or `HEAD~1` that the repository has.',
    exitCode: 2,
  },
  GITLAB_INCLUDE_MISSING: {
    message: 'The included file `{name}` does not exist',
    hint: 'Correct its path, which starts at the root of the repository.',
    exitCode: 2,
  },
  GITLAB_INCLUDE_REFUSED: {
    message: '`include:{kind}` of `{name}` is not allowed here',
    hint: 'Copy the file into the repository and include it with `include:local`.',
    exitCode: 2,
  },
  GITLAB_INCLUDE_CYCLE: { message: 'Files include each other in a circle: {circle}', exitCode: 2 },
  GITLAB_INPUT_INVALID: { message: 'Input `{input}` {reason}', exitCode: 2 },
  GITLAB_INTERPOLATION_INVALID: { message: '`$[[ {block} ]]` {reason}', exitCode: 2 },
  GITLAB_KEYWORD_MISPLACED: { message: '`{keyword}` cannot be used in {where}', exitCode: 2 },
  GITLAB_MORE_FAULTS: { message: '{count} more are not shown', exitCode: 2 },
  GITLAB_NO_JOBS: {
    message: 'The pipeline defines no job',
    hint: 'Add a job with a `script` or a `trigger`; names that begin with a dot are templates only.',
    exitCode: 2,
  },
  GITLAB_SCRIPT_MISSING: { message: 'Job `{job}` has neither a `script` nor a `trigger`', exitCode: 2 },
  GITLAB_STAGE_UNKNOWN: {
    message: 'Job `{job}` is in stage `{stage}`, which is not defined; the stages are {stages}',
    hint: "Add the stage to `stages`, or correct the job's `stage`.",
    exitCode: 2,
  },
  GITLAB_NEED_MISSING: {
    message: 'Job `{job}` needs job `{need}`, {reason}',
    hint: 'Add the job, or mark the need `optional: true`.',
    exitCode: 2,
  },
  GITLAB_NEED_LATER: { message: 'Job `{job}` needs job `{need}`, which is in a later stage', exitCode: 2 },
  GITLAB_NEED_TWICE: { message: 'Job `{job}` needs job `{need}` twice', exitCode: 2 },
  GITLAB_NEEDS_CYCLE: { message: 'Jobs need each other in a circle: {circle}', exitCode: 2 },
  GITLAB_DEPENDENCY_INVALID: {
    message: 'Job `{job}` depends on the artifacts of job `{dependency}`, {reason}',
    exitCode: 2,
  },
  GITLAB_EXTENDS_MISSING: {
    message: 'Job `{job}` extends `{template}`, which does not exist',
    exitCode: 2,
  },
  GITLAB_EXTENDS_CYCLE: { message: 'Jobs extend each other in a circle: {circle}', exitCode: 2 },
  GITLAB_EXTENDS_TOO_DEEP: {
    message: 'Job `{job}` extends templates that extend others, more than {limit} levels deep',
    exitCode: 2,
  },
  GITLAB_ON_STOP_INVALID: {
    message: 'Job `{job}` lets job `{stop}` stop its environment, {reason}',
    exitCode: 2,
  },
  GITLAB_REFERENCE_INVALID: { message: '`!reference [{path}]` {reason}', exitCode: 2 },
  GITLAB_EXPRESSION_INVALID: {
    message: 'The expression `{expression}` is not valid: {reason}',
    exitCode: 2,
  },
});

export type GitlabCode = keyof typeof gitlabError.table;
