import { defineErrors } from '../../kit/index.ts';

export const githubError = defineErrors({
  FORGE_GITHUB_REPOSITORY_INVALID: {
    message: '`{repository}` is not the name of a GitHub repository.',
    hint: 'Write `owner/name`, as in the URL of the repository.',
    exitCode: 2,
  },
  FORGE_GITHUB_UNAUTHORIZED: {
    message: 'GitHub rejected the token: {method} {url} was answered with status 401 ({reason}).',
    hint:
      'The token may have expired or been revoked. Create a new one and store it where `github.token` of the ' +
      'stack points. With `github.app`, check that the installation of the App is not suspended.',
    status: 502,
  },
  FORGE_GITHUB_FORBIDDEN: {
    message: 'The token or App lacks a permission at GitHub: {method} {url} was answered with status 403 ({reason}).',
    hint:
      'Give a fine-grained token these permissions for the repository: contents (read), pull requests (read), ' +
      'commit statuses (read and write). Accept new permissions of a GitHub App on the page of its installation.',
    status: 502,
  },
  FORGE_GITHUB_APP_KEY_INVALID: {
    message: 'The private key of GitHub App {app} is not an RSA key in PEM form.',
    hint: 'Create a private key on the page of the App, and store the file where `github.app.privateKey` points.',
    exitCode: 2,
  },
  FORGE_GITHUB_APP_UNAUTHORIZED: {
    message: 'GitHub rejected the key of GitHub App {app}: {method} {url} was answered with status 401 ({reason}).',
    hint: 'Check that `github.app.id` and `github.app.privateKey` belong together, and that the clock of this machine is right.',
    status: 502,
  },
  FORGE_GITHUB_APP_NOT_INSTALLED: {
    message: 'GitHub App {app} is not installed for the repository `{repository}`.',
    hint: 'Open the page of the App on GitHub, choose Install, and select the repository.',
    status: 502,
  },
  FORGE_GITHUB_APP_NOT_CREATED: {
    message: 'GitHub did not give out the secrets of the new App: {reason}.',
    hint: 'The code for them is valid once, and for an hour. Delete the App on its page, and connect again.',
    status: 502,
  },
  FORGE_GITHUB_PAGE_FAILED: {
    message: 'The page to connect GitHub cannot be served on port {port} of 127.0.0.1: {reason}.',
    hint: 'Name another port with `--port`, or leave it out to use a free one.',
    exitCode: 2,
  },
  FORGE_GITHUB_NOT_FOUND: {
    message: 'GitHub does not show {url} to the token: {method} was answered with status 404.',
    hint: 'Check `github.repository` and `github.apiUrl`, and that the token may read the repository.',
    status: 502,
  },
  FORGE_GITHUB_RATE_LIMITED: {
    message: 'GitHub accepts no more requests until {until}, because its rate limit is reached.',
    hint: 'The request is repeated then. If this happens often, raise `poll` of the stack, or configure the webhook.',
    status: 503,
  },
  FORGE_GITHUB_UNAVAILABLE: {
    message: 'GitHub cannot be reached: {method} {url} failed with {reason}.',
    hint: 'The request is repeated. Check the network, `github.apiUrl` and githubstatus.com.',
    status: 502,
  },
  FORGE_GITHUB_ANSWER_INVALID: {
    message: 'The answer of GitHub to {method} {url} is not valid: {reason}.',
    hint: 'Check that `github.apiUrl` is the URL of the API (`https://<host>/api/v3` for GitHub Enterprise).',
    status: 502,
  },
});
