import { defineErrors } from '../kit/index.ts';

/** Why a text from outside of the repository is not included; a diagnostic of the pipeline shows it. */
export const includeError = defineErrors({
  INCLUDE_URL_INVALID: {
    message: '`{url}` is not an `https` URL without credentials.',
    hint: 'Write the whole URL, beginning with `https://`.',
  },
  INCLUDE_HOST_REFUSED: {
    message: 'No entry of `includes.hosts` permits `{url}`.',
    hint: 'The operator can permit it in the configuration of the server: `includes: { hosts: [{ host: {host} }] }`.',
    status: 403,
  },
  INCLUDE_PROJECT_REFUSED: {
    message: 'No entry of `includes.projects` permits project `{project}`.',
    hint:
      'The operator can permit it in the configuration of the server: ' +
      '`includes: { projects: [{ project: {project}, url: https://<forge> }] }`, or with `includedBy` of the stack that ' +
      'has this repository.',
    status: 403,
  },
  INCLUDE_COMPONENT_REFUSED: {
    message: 'No entry of `includes.components` permits component `{component}`.',
    hint:
      'The operator can permit it in the configuration of the server: ' +
      '`includes: { components: [{ component: {component} }] }`.',
    status: 403,
  },
  INCLUDE_TEMPLATE_MISSING: {
    message: 'There is no template `{name}`.',
    hint:
      'The operator can put the file into the folder that `includes.templates` names in the configuration of the ' +
      'server.',
    status: 404,
  },
  INCLUDE_NAME_INVALID: {
    message: '`{name}` is not a valid {what}.',
    hint: 'Correct the name, which must not contain `..` or control characters.',
  },
  INCLUDE_ANSWER_INVALID: {
    message: '`{url}` answered with status {status}.',
    hint: 'Check the address and the ref, and whether reading requires a token under `includes`.',
    status: 502,
  },
  INCLUDE_ANSWER_UNREADABLE: {
    message: 'The answer of `{url}` cannot be read: {reason}.',
    hint: 'Check that `url` under `includes` is the address of a server of this kind.',
    status: 502,
  },
  INCLUDE_VERSION_MISSING: {
    message: 'Project `{project}` has no version `{version}`.',
    hint: 'Use a commit, a tag, a branch, `~latest`, or the beginning of a version, as in `1.2`.',
    status: 404,
  },
  INCLUDE_FILE_MISSING: {
    message: 'Project `{project}` has no file `{path}` at `{commit}`.',
    hint: 'Correct the path, which starts at the root of the project.',
    status: 404,
  },
  INCLUDE_REDIRECTS: {
    message: '`{url}` redirects more than {limit} times.',
    hint: 'Include the URL to which it leads.',
    status: 502,
  },
  INCLUDE_REDIRECT_REFUSED: {
    message: 'The redirect to `{url}` leads away from `{origin}`.',
    hint: 'Use the address of the server to which it leads.',
    status: 502,
  },
  INCLUDE_TOO_LARGE: {
    message: '{what} is larger than {limit} bytes.',
    hint: 'Include a smaller file.',
    status: 413,
  },
  INCLUDE_TIMEOUT: {
    message: '`{url}` did not answer within {seconds} seconds.',
    hint: 'Check that the host is available, and start the pipeline again.',
    status: 504,
  },
  INCLUDE_UNREACHABLE: {
    message: '`{host}` cannot be reached: {reason}.',
    hint: 'Check the name, and that the host is available.',
    status: 502,
  },
  INCLUDE_ADDRESS_REFUSED: {
    message: '`{host}` cannot be read, because its address {address} is {kind}.',
    hint: 'If the host is inside the site, the operator can set `allowPrivate: true` in its entry under `includes`.',
    status: 403,
  },
  INCLUDE_CHANGED: {
    message: 'The text differs from the one that was read before (SHA-256 `{sha256}`).',
    hint:
      'Start a new pipeline, which reads the present text. For `slipway run`, review the change, and remove the entry ' +
      'from `slipway-includes.lock`.',
    status: 409,
  },
});
