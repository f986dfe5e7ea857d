type Environment = Readonly<Record<string, string | undefined>>;

/** This machine, and where Amazon's machines and containers ask for the credentials of their role. */
const DIRECT = ['localhost', '127.0.0.1', '[::1]', '169.254.169.254', '169.254.170.2', '169.254.170.23'];

/**
 * Lets all requests of this process go through the proxies of `HTTPS_PROXY` and `HTTP_PROXY` (or in small letters, which go
 * first), but for the hosts of `NO_PROXY` and this machine's own: jobs reach their server directly.
 */
export async function useProxies(env: Environment): Promise<void> {
  const said = (name: string) => env[name.toLowerCase()] || env[name] || '';
  const [httpProxy, httpsProxy] = [said('HTTP_PROXY'), said('HTTPS_PROXY')];
  if (httpProxy === '' && httpsProxy === '') return;
  // Loaded only where it is wanted: it is large. Its default export alone is there in the bundle as well.
  const { EnvHttpProxyAgent, setGlobalDispatcher } = (await import('undici')).default;
  const noProxy = [said('NO_PROXY'), ...DIRECT].filter((one) => one !== '').join(',');
  setGlobalDispatcher(new EnvHttpProxyAgent({ httpProxy, httpsProxy, noProxy }));
}
