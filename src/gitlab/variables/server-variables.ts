/** The version of GitLab whose behaviour this is. */
const VERSION = '17.0.0';

/**
 * Returns the predefined variables of the server (GitLab, "Predefined CI/CD variables reference"). `url` has no slash
 * at its end.
 */
export function serverVariables(url: string): Readonly<Record<string, string>> {
  const { hostname, host, port, protocol } = new URL(url);
  const [major = '', minor = '', patch = ''] = VERSION.split('.');
  return {
    CI_SERVER_URL: url,
    CI_SERVER_HOST: hostname,
    CI_SERVER_PORT: port || (protocol === 'https:' ? '443' : '80'),
    CI_SERVER_PROTOCOL: protocol.replace(':', ''),
    CI_SERVER_FQDN: host,
    CI_SERVER_NAME: 'Slipway',
    CI_SERVER_VERSION: VERSION,
    CI_SERVER_VERSION_MAJOR: major,
    CI_SERVER_VERSION_MINOR: minor,
    CI_SERVER_VERSION_PATCH: patch,
    CI_API_V4_URL: `${url}/api/v4`,
  };
}
