type Fetch = (url: string, init: RequestInit) => Promise<Response> | Response;

/** The part of a browser that a sign-in takes: cookies of each host, redirects, and forms that it submits. */
export class TinyBrowser {
  readonly #cookies = new Map<string, Map<string, string>>();
  readonly #fetch: Fetch;

  constructor(fetchPage: Fetch) {
    this.#fetch = fetchPage;
  }

  /** Sends one request with the cookies of its host, and keeps those of the answer. */
  async send(url: string, init: RequestInit = {}): Promise<Response> {
    const jar = this.cookiesOf(url);
    const headers = new Headers(init.headers);
    if (jar.size > 0) headers.set('cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '));
    const response = await this.#fetch(url, { ...init, headers, redirect: 'manual' });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (value === '' || /max-age=0/i.test(cookie)) jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  }

  /** Opens an address, follows redirects, and submits each form with these fields, until `isEnd` or a page without one. */
  async open(url: string, fields: Readonly<Record<string, string>>, isEnd: (url: string) => boolean): Promise<string> {
    let next: { url: string; init?: RequestInit } = { url };
    for (let steps = 0; steps < 20; steps += 1) {
      if (isEnd(next.url)) return next.url;
      const response = await this.send(next.url, next.init);
      const location = response.headers.get('location');
      if (location !== null) {
        next = { url: new URL(location, next.url).href };
        continue;
      }
      const text = await response.text();
      const action = /<form[^>]* action="([^"]+)"/.exec(text)?.[1];
      if (action === undefined) throw new Error(`${next.url} answered ${response.status}: ${text.slice(0, 500)}`);
      const hidden = [...text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
      const body = new URLSearchParams({
        ...fields,
        ...Object.fromEntries(hidden.map(([, name, value]) => [name, value])),
      });
      next = { url: new URL(action, next.url).href, init: { method: 'POST', body } };
    }
    throw new Error(`${url} does not end`);
  }

  cookiesOf(url: string): Map<string, string> {
    const { host } = new URL(url);
    const jar = this.#cookies.get(host) ?? new Map<string, string>();
    this.#cookies.set(host, jar);
    return jar;
  }
}
