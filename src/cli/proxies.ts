type Environment = Readonly<Record<string, string | undefined>>;

/** This machine, and the addresses of the metadata services that give machines in AWS their credentials. */
const DIRECT = ['localhost', '127.0.0.1', '[::1]', '169.254.169.254', '169.254.170.2', '169.254.170.23'];

/**
 * Sends all requests of this process through the proxies of `HTTPS_PROXY` and `HTTP_PROXY` (or in small letters, which
 * win), except to the hosts of `NO_PROXY` and to this machine: jobs reach their server directly.
 */
export function useProxies(env: Environment): void {
  const setting = (name: string) => env[name.toLowerCase()] || env[name] || '';
  const [httpProxy, httpsProxy] = [setting('HTTP_PROXY'), setting('HTTPS_PROXY')];
  if (httpProxy === '' && httpsProxy === '') return;
  const noProxy = [setting('NO_PROXY'), ...DIRECT].filter((one) => one !== '').join(',');
  // Sandboxed jobs all have a proxy, and most talk to their server only: undici takes longer to load than they run.
  let loading: Promise<void> | undefined;
  const load = async () => {
    // Only its default export exists in the bundle as well.
    const { EnvHttpProxyAgent, setGlobalDispatcher } = (await import('undici')).default;
    setGlobalDispatcher(new EnvHttpProxyAgent({ httpProxy, httpsProxy, noProxy }));
  };
  const send = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    if (!DIRECT.includes(new URL(input instanceof Request ? input.url : input).hostname)) await (loading ??= load());
    return send(input, init);
  };
}
