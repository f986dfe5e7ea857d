import { defineErrors } from '../../kit/index.ts';

export const githubError = defineErrors({
  FORGE_GITHUB_REPOSITORY_INVALID: {
    message: '`{repository}` is no repository of GitHub',
    hint: 'Write `owner/name`, as in the address of its page.',
    exitCode: 2,
  },
  FORGE_GITHUB_UNAUTHORIZED: {
    message: 'GitHub does not accept the token: {method} {url} was answered with 401 ({reason})',
    hint:
      'The token may have expired or been taken back. Make a new one and put it where the stack’s `github.token` ' +
      'points.',
    status: 502,
  },
  FORGE_GITHUB_FORBIDDEN: {
    message: 'GitHub does not let the token do this: {method} {url} was answered with 403 ({reason})',
    hint:
      'A fine-grained token needs, for this repository: contents (read), pull requests (read), commit statuses ' +
      '(read and write).',
    status: 502,
  },
  FORGE_GITHUB_NOT_FOUND: {
    message: 'GitHub shows the token nothing at {url}: {method} was answered with 404',
    hint: 'Check `github.repository` and `github.apiUrl`; the token must be allowed to see the repository.',
    status: 502,
  },
  FORGE_GITHUB_RATE_LIMITED: {
    message: 'GitHub takes no more requests before {until}',
    hint:
      'Nothing is lost: it is tried again. If it happens often, raise the stack’s `poll`, or set up the webhook and ' +
      'poll less.',
    status: 503,
  },
  FORGE_GITHUB_UNAVAILABLE: {
    message: 'GitHub cannot be reached: {method} {url} failed: {reason}',
    hint: 'Nothing is lost: it is tried again. Check the network and `github.apiUrl`; see githubstatus.com.',
    status: 502,
  },
  FORGE_GITHUB_ANSWER_INVALID: {
    message: 'GitHub’s answer to {method} {url} makes no sense: {reason}',
    hint: 'Check that `github.apiUrl` is the address of the API (`https://<host>/api/v3` for GitHub Enterprise).',
    status: 502,
  },
});
