import { defineErrors } from '../../kit/index.ts';

export const gitlabError = defineErrors({
  FORGE_GITLAB_PROJECT_INVALID: {
    message: '`{project}` is not the path of a GitLab project.',
    hint: 'Write `group/name` or `group/subgroup/name`, as in the URL of the project.',
    exitCode: 2,
  },
  FORGE_GITLAB_SIGNING_TOKEN_INVALID: {
    message: 'The signing token of the webhook of GitLab is not valid: {reason}.',
    hint: 'Copy the whole token from the settings of the webhook to where `gitlab.webhookSecret` of the stack points.',
    exitCode: 2,
  },
  FORGE_GITLAB_UNAUTHORIZED: {
    message: 'GitLab rejected the token: {method} {url} was answered with status 401 ({reason}).',
    hint:
      'The token may have expired or been revoked. Create a new one and store it where `gitlab.token` of the ' +
      'stack points.',
    status: 502,
  },
  FORGE_GITLAB_FORBIDDEN: {
    message: 'The token lacks a permission at GitLab: {method} {url} was answered with status 403 ({reason}).',
    hint:
      'A project access token needs the role Developer and the scope `api`. Statuses of protected branches need the ' +
      'right to push or merge there.',
    status: 502,
  },
  FORGE_GITLAB_NOT_FOUND: {
    message: 'GitLab does not show {url} to the token: {method} was answered with status 404.',
    hint: 'Check `gitlab.project` and `gitlab.url`, and that the token may read the project.',
    status: 502,
  },
  FORGE_GITLAB_RATE_LIMITED: {
    message: 'GitLab accepts no more requests until {until}, because its rate limit is reached.',
    hint: 'The request is repeated then. If this happens often, raise `poll` of the stack, or configure the webhook.',
    status: 503,
  },
  FORGE_GITLAB_UNAVAILABLE: {
    message: 'GitLab cannot be reached: {method} {url} failed with {reason}.',
    hint: 'The request is repeated. Check the network and `gitlab.url`.',
    status: 502,
  },
  FORGE_GITLAB_ANSWER_INVALID: {
    message: 'The answer of GitLab to {method} {url} is not valid: {reason}.',
    hint: 'Check that `gitlab.url` is the address of GitLab, without `/api/v4`.',
    status: 502,
  },
});
