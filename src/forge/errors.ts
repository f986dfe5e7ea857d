import { defineErrors } from '../kit/index.ts';

export const forgeError = defineErrors({
  FORGE_GIT_MISSING: {
    message: 'The program `git` is not on PATH.',
    hint: 'Install git 2.38 or newer.',
    status: 500,
  },
  FORGE_GIT_TOO_OLD: {
    message: 'This version of `git` cannot merge without a work tree: {reason}.',
    hint: 'Install git 2.38 or newer, which has `git merge-tree --write-tree`.',
    status: 500,
  },
  FORGE_GIT_FAILED: {
    message: '`git {command}` failed in `{folder}`: {reason}.',
    hint:
      'Check that the folder is writable and has free space. If the copy is damaged, remove it, and it is ' +
      'fetched again.',
    status: 500,
  },
  FORGE_REMOTE_INVALID: {
    message: '`{remote}` is not the URL or path of a git repository.',
    hint: 'Use a path, or a URL that begins with https://, http://, ssh://, git:// or file://.',
    exitCode: 2,
  },
  FORGE_REMOTE_UNREACHABLE: {
    message: 'The git remote `{remote}` cannot be read: {reason}.',
    hint: 'Run `git ls-remote {remote}`, and check the URL, the network and the credentials of the stack.',
    status: 502,
  },
  FORGE_COMMIT_MISSING: {
    message: 'There is no commit `{sha}` in `{repository}`.',
    hint: 'A forced push may have replaced it. Push the commit again, or trigger the branch.',
    status: 404,
  },
  FORGE_REF_INVALID: {
    message: '`{name}` cannot be part of the name of a git ref.',
    hint: 'Use only letters, digits, `_` and `-`.',
    exitCode: 2,
  },
  FORGE_HOOK_NOT_LOCAL: {
    message: 'A hook cannot be installed in `{remote}`, because it is not a git repository on this machine.',
    hint: 'Name the path of the bare repository. The server polls remotes that are elsewhere.',
    exitCode: 2,
  },
  FORGE_HOOK_FOREIGN: {
    message: 'The hook `{path}` already exists and was not written by Slipway.',
    hint: 'Add `--force` to keep the existing hook and run it before Slipway is notified.',
    status: 409,
    exitCode: 2,
  },
  FORGE_NOTIFY_FAILED: {
    message: 'The server at `{url}` was not notified of the push: {reason}.',
    hint:
      'Check the URL and that the server is running. The server still finds the push when it next polls the ' +
      'remote.',
    status: 502,
  },
  FORGE_STATUS_REFUSED: {
    message: 'The forge refused the request to {url}, which is not repeated: {reason}.',
    hint:
      'Check that the commit exists and has fewer statuses than the forge allows (GitHub: 1000 for a commit ' +
      'and context; GitLab: the limit of jobs in a pipeline).',
    status: 502,
  },
  FORGE_COMMENT_FORBIDDEN: {
    message: 'The token may not comment on request {request}: {reason}.',
    hint:
      'Allow it to write comments (GitHub: the permission pull requests, read and write; GitLab: the scope `api`), and ' +
      'start the server again. Or write `comment: false` into `slipway.yaml` of the base branch.',
    status: 502,
  },
  FORGE_COMMENT_REFUSED: {
    message: 'The forge refused the comment on request {request}: {reason}.',
    hint: 'Check that the request exists and that its conversation is not locked.',
    status: 502,
  },
  FORGE_NO_PLAIN_FILE: {
    message: '`{path}` at commit {sha} is a symbolic link or a submodule, and these are not followed.',
    hint: 'Commit the file itself instead.',
  },
});
