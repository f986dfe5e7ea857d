import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { Agent, setGlobalDispatcher } from 'undici';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { useProxies } from './proxies.ts';

const ownFetch = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = ownFetch;
  setGlobalDispatcher(new Agent());
});

/** A web server, and a proxy that leads everybody to it. */
async function start(): Promise<{ direct: string; proxy: string; requests: string[] }> {
  const requests: string[] = [];
  const web = createServer((request, response) => response.end(request.headers.host)).listen(0, '127.0.0.1');
  await once(web, 'listening');
  const { port } = web.address() as AddressInfo;
  const proxy = createServer().listen(0, '127.0.0.1');
  proxy.on('connect', (request, socket) => {
    requests.push(request.url ?? '');
    const inner = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      inner.pipe(socket).pipe(inner);
    });
    for (const one of [socket, inner]) one.on('error', () => (socket.destroy(), inner.destroy()));
  });
  await once(proxy, 'listening');
  onTestFinished(() => {
    for (const server of [web, proxy]) {
      server.close();
      server.closeAllConnections();
    }
  });
  return {
    direct: `127.0.0.1:${port}`,
    proxy: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    requests,
  };
}

const hostSeen = async (url: string) => (await fetch(url)).text();

test.each(['HTTP_PROXY', 'http_proxy'])(
  'requests go through the proxy of %s, but not to this machine',
  async (name) => {
    const { direct, proxy, requests } = await start();
    useProxies({ [name]: proxy });
    expect(await hostSeen('http://mirror.example.test/a')).toBe('mirror.example.test');
    expect(await hostSeen(`http://${direct}/a`)).toBe(direct);
    expect(requests).toEqual(['mirror.example.test:80']);
  },
);

test('nor to the hosts of NO_PROXY, and without a proxy nothing changes', async () => {
  const { direct, proxy, requests } = await start();
  useProxies({ NO_PROXY: '*' });
  expect(await hostSeen(`http://${direct}/a`)).toBe(direct);
  useProxies({ HTTP_PROXY: proxy, NO_PROXY: '.invalid' });
  await expect(hostSeen('http://mirror.invalid/a')).rejects.toThrow('fetch failed');
  expect(requests).toEqual([]);
});
