import { defineErrors } from '../kit/index.ts';

/** Faults of a pipeline's configuration; nearly all reach the user as diagnostics with a line and a column. */
export const gitlabError = defineErrors({
  GITLAB_YAML_INVALID: {
    message: 'The pipeline is not valid YAML: {reason}.',
    hint: 'Check the indentation, quotes and brackets on this line and above it.',
    exitCode: 2,
  },
  GITLAB_TOO_LARGE: {
    message: 'The pipeline is too large: {what} is {actual}, and the limit is {limit}.',
    hint: 'Split the pipeline, or raise the limit in the configuration of the server.',
    exitCode: 2,
  },
  GITLAB_DUPLICATE_KEY: {
    message: 'This key is twice in one mapping, and the last value is used.',
    hint: 'Remove one of the two keys.',
    exitCode: 2,
  },
  GITLAB_DOCUMENT_IGNORED: {
    message: 'This second YAML document is ignored, because the one before it has no `spec`.',
    hint: 'Remove the `---` line, or write `spec:` in the first document.',
    exitCode: 2,
  },
  GITLAB_VALUE_INVALID: { message: '`{keyword}` must be {expected}, not {actual}.', exitCode: 2 },
  GITLAB_NAME_INVALID: {
    message: 'The name `{name}` in `{keyword}` contains a control character or half of a surrogate pair.',
    hint: 'Remove the character, which may be written as an escape such as `\\0` or `\\n`.',
    exitCode: 2,
  },
  GITLAB_KEYWORD_UNKNOWN: {
    message: 'The keyword `{keyword}` is unknown.',
    hint: 'Remove it, or correct its name.',
    exitCode: 2,
  },
  GITLAB_KEYWORD_IGNORED: {
    message: 'The keyword `{keyword}` is ignored, because it has no effect in Slipway.',
    exitCode: 2,
  },
  GITLAB_KEYWORD_UNSUPPORTED: { message: 'The keyword `{keyword}` is not supported.', hint: '{remedy}', exitCode: 2 },
  GITLAB_CONDITION_ASSUMED: {
    message: 'The condition `{keyword}` is not evaluated and is treated as true.',
    exitCode: 2,
  },
  GITLAB_COMPARE_INVALID: {
    message: '`compare_to` names `{ref}`, which is not a commit of the repository.',
    hint: 'Name a branch, a tag, a SHA or a revision such as `HEAD~1` that the repository has.',
    exitCode: 2,
  },
  GITLAB_INCLUDE_MISSING: {
    message: 'The included file `{name}` does not exist.',
    hint: 'Correct the path, which starts at the root of the repository.',
    exitCode: 2,
  },
  GITLAB_INCLUDE_REFUSED: {
    message: '`include:{kind}` of `{name}` is not allowed.',
    hint: 'Copy the file to the repository and include it with `include:local`.',
    exitCode: 2,
  },
  GITLAB_INCLUDE_FAILED: {
    message: 'The include `{name}` cannot be used: {reason}.',
    hint: '{remedy}',
    exitCode: 2,
  },
  GITLAB_INCLUDE_CYCLE: {
    message: 'Files include each other in a cycle: {circle}.',
    hint: 'Remove one of these includes.',
    exitCode: 2,
  },
  GITLAB_INPUT_INVALID: { message: 'Input `{input}` {reason}.', exitCode: 2 },
  GITLAB_INTERPOLATION_INVALID: { message: '`$[[ {block} ]]` {reason}.', exitCode: 2 },
  GITLAB_KEYWORD_MISPLACED: { message: 'The keyword `{keyword}` cannot be used in {where}.', exitCode: 2 },
  GITLAB_MORE_FAULTS: { message: '{count} more faults are not shown.', exitCode: 2 },
  GITLAB_NO_JOBS: {
    message: 'The pipeline has no jobs.',
    hint: 'Add a job with a `script` or a `trigger`. Names that begin with a dot are only templates.',
    exitCode: 2,
  },
  GITLAB_SCRIPT_MISSING: {
    message: 'Job `{job}` has neither `script` nor `trigger`.',
    hint: 'Add `script` or `trigger`. If `{job}` is a template, begin its name with a dot.',
    exitCode: 2,
  },
  GITLAB_STAGE_UNKNOWN: {
    message: 'Job `{job}` is in stage `{stage}`, which is not defined. The stages are {stages}.',
    hint: 'Add the stage to `stages`, or correct `stage` of the job.',
    exitCode: 2,
  },
  GITLAB_NEED_MISSING: {
    message: 'Job `{job}` needs job `{need}`, {reason}.',
    hint: 'Add the job, or mark the need with `optional: true`.',
    exitCode: 2,
  },
  GITLAB_NEED_LATER: {
    message: 'Job `{job}` needs job `{need}`, which is in a later stage.',
    hint: 'Move one of the two jobs to another stage.',
    exitCode: 2,
  },
  GITLAB_NEED_TWICE: {
    message: 'Job `{job}` needs job `{need}` twice.',
    hint: 'Remove one of the two needs.',
    exitCode: 2,
  },
  GITLAB_NEEDS_CYCLE: {
    message: 'Jobs need each other in a cycle: {circle}.',
    hint: 'Remove one of these needs.',
    exitCode: 2,
  },
  GITLAB_DEPENDENCY_INVALID: {
    message: 'Job `{job}` depends on the artifacts of job `{dependency}`, {reason}.',
    hint: 'Correct `dependencies` of the job.',
    exitCode: 2,
  },
  GITLAB_EXTENDS_MISSING: {
    message: 'Job `{job}` extends `{template}`, which does not exist.',
    hint: 'Correct `extends`, or include the file that defines the template.',
    exitCode: 2,
  },
  GITLAB_EXTENDS_CYCLE: {
    message: 'Jobs extend each other in a cycle: {circle}.',
    hint: 'Remove one of these `extends`.',
    exitCode: 2,
  },
  GITLAB_EXTENDS_TOO_DEEP: {
    message: 'Job `{job}` extends templates at more than {limit} levels.',
    hint: 'Merge some of the templates.',
    exitCode: 2,
  },
  GITLAB_ON_STOP_INVALID: {
    message: 'Job `{job}` names job `{stop}` in `environment:on_stop`, {reason}.',
    hint: 'Correct `on_stop`, or the job that it names.',
    exitCode: 2,
  },
  GITLAB_REFERENCE_INVALID: {
    message: '`!reference [{path}]` {reason}.',
    hint: 'Name an existing key, as in `!reference [job, script]`.',
    exitCode: 2,
  },
  GITLAB_EXPRESSION_INVALID: {
    message: 'The expression `{expression}` is not valid: {reason}.',
    hint: 'Correct the expression.',
    exitCode: 2,
  },
});

export type GitlabCode = keyof typeof gitlabError.table;
