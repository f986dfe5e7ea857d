type Environment = Readonly<Record<string, string | undefined>>;

/** This machine, and the addresses of the metadata services that give machines in AWS their credentials. */
const DIRECT = ['localhost', '127.0.0.1', '[::1]', '169.254.169.254', '169.254.170.2', '169.254.170.23'];

/**
 * Sends all requests of this process through the proxies of `HTTPS_PROXY` and `HTTP_PROXY` (or in small letters, which
 * win), except to the hosts of `NO_PROXY` and to this machine: jobs reach their server directly.
 */
export async function useProxies(env: Environment): Promise<void> {
  const setting = (name: string) => env[name.toLowerCase()] || env[name] || '';
  const [httpProxy, httpsProxy] = [setting('HTTP_PROXY'), setting('HTTPS_PROXY')];
  if (httpProxy === '' && httpsProxy === '') return;
  // Loaded only where it is needed, since it is large. Only its default export exists in the bundle as well.
  const { EnvHttpProxyAgent, setGlobalDispatcher } = (await import('undici')).default;
  const noProxy = [setting('NO_PROXY'), ...DIRECT].filter((one) => one !== '').join(',');
  setGlobalDispatcher(new EnvHttpProxyAgent({ httpProxy, httpsProxy, noProxy }));
}
