import { defineErrors } from '../kit/index.ts';

export const forgeError = defineErrors({
  FORGE_GIT_MISSING: {
    message: 'The program `git` was not found on PATH',
    hint: 'Install git 2.38 or newer.',
    status: 500,
  },
  FORGE_GIT_TOO_OLD: {
    message: 'This `git` cannot merge without a work tree: {reason}',
    hint: 'Install git 2.38 or newer (`git merge-tree --write-tree`).',
    status: 500,
  },
  FORGE_GIT_FAILED: {
    message: '`git {command}` failed in `{folder}`: {reason}',
    hint: 'Check that the folder is writable and has space; if the copy is broken, remove it: it is fetched again.',
    status: 500,
  },
  FORGE_REMOTE_INVALID: {
    message: '`{remote}` is no URL or path of a git repository',
    hint: 'Give a path, or a URL beginning with https://, http://, ssh://, git:// or file://.',
    exitCode: 2,
  },
  FORGE_REMOTE_UNREACHABLE: {
    message: 'The git remote `{remote}` cannot be read: {reason}',
    hint: 'Try `git ls-remote {remote}`; check the address, the network and the credentials of this stack.',
    status: 502,
  },
  FORGE_COMMIT_MISSING: {
    message: 'There is no commit `{sha}` in `{repository}`',
    hint: 'It may have been replaced by a forced push and removed. Push it again, or trigger the branch.',
    status: 404,
  },
  FORGE_REF_INVALID: {
    message: '`{name}` cannot be part of the name of a git reference',
    hint: 'Use letters, digits, `_` and `-`.',
    exitCode: 2,
  },
  FORGE_HOOK_NOT_LOCAL: {
    message: 'A hook can only be installed in a git repository on this machine, which `{remote}` is not',
    hint: 'Give the path of the bare repository; for a remote elsewhere, leave the server to poll it.',
    exitCode: 2,
  },
  FORGE_HOOK_FOREIGN: {
    message: '`{path}` exists and was not written by slipway',
    hint: 'With --force it is kept beside the new hook and still run, before slipway is notified.',
    status: 409,
    exitCode: 2,
  },
  FORGE_NOTIFY_FAILED: {
    message: 'The server at `{url}` was not notified of the push: {reason}',
    hint:
      'Nothing is lost: the server finds the push when it polls the remote next. Check the URL and that the server ' +
      'runs.',
    status: 502,
  },
  FORGE_STATUS_REFUSED: {
    message: 'The forge refuses the request to {url}, and would again: {reason}',
    hint:
      'The commit may be gone, or have as many statuses as the forge allows (GitHub: 1000 for a commit and ' +
      'context).',
    status: 502,
  },
  FORGE_NO_PLAIN_FILE: {
    message: '`{path}` is a symbolic link or a submodule, which is not followed, at commit {sha}.',
    hint: 'Commit the file itself instead.',
  },
});
