import { mkdtemp, readFile, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildDocs } from '../../scripts/build-docs.ts';
import { packageRoot } from '../../src/kit/package-root.ts';
import { listen, type Listener } from '../../src/server/listen.ts';
import { documentationRoutes, pageRoutes } from '../../src/server/page.ts';
import { findPart } from '../support/part.ts';
import { removeFolder } from '../support/remove-folder.ts';
import { seriousViolations } from './accessibility.ts';
import { openBrowser, type Browser, type BrowserOptions } from './browser.ts';

const chromium = findPart('chromium');
const looks: readonly (BrowserOptions & { readonly name: string })[] = [
  { name: 'light', colorScheme: 'light' },
  { name: 'dark', colorScheme: 'dark' },
  { name: 'phone', colorScheme: 'light', viewport: { width: 390, height: 844 } },
];

describe.skipIf(chromium === undefined)('the site of the documentation', () => {
  /** Not `dist/docs`, which other tests may be packing. */
  let site: string;
  let server: Listener;
  let browser: Browser | undefined;
  const start = async (options: BrowserOptions = {}): Promise<Browser> => {
    await browser?.close();
    browser = await openBrowser(chromium as string, options);
    return browser;
  };

  beforeAll(async () => {
    site = await mkdtemp(join(tmpdir(), 'slipway-docs-'));
    await buildDocs(site);
    const app = documentationRoutes(site).route('/', pageRoutes(join(packageRoot(), 'dist/web')));
    server = await listen(app, { address: '127.0.0.1:0' });
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await removeFolder(site);
  });

  test('loads nothing from elsewhere and breaks no rule of the Content-Security-Policy, on any page', async () => {
    const names = await readdir(site, { recursive: true });
    const pages = names.filter((name) => name.endsWith('.html'));
    expect(pages.length).toBeGreaterThan(30);
    const { context, open } = await start();
    const foreign: string[] = [];
    context.on('request', (request) => {
      if (!request.url().startsWith(server.url)) foreign.push(request.url());
    });
    const broken: Record<string, unknown> = {};
    for (const name of pages) {
      const { page, faults } = await open(`${server.url}/docs/${name}`);
      await page.waitForSelector('.VPContent');
      if (faults.length > 0) broken[name] = faults;
      await page.close();
    }
    expect({ broken, foreign }).toEqual({ broken: {}, foreign: [] });
    expect(await brokenLinks(site, names)).toEqual([]);
  });

  test.each(looks)('is readable: $name', async (options) => {
    const { open } = await start(options);
    for (const name of ['', 'guides/images.html', 'reference/configuration.html']) {
      const { page } = await open(`${server.url}/docs/${name}`);
      await page.waitForSelector('.vp-doc h1');
      const overflow = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
      expect({ name, overflow }).toEqual({ name, overflow: 0 });
      expect({ name, faults: await seriousViolations(page) }).toEqual({ name, faults: [] });
      await page.close();
    }
  });

  test('finds a page by a word', async () => {
    const { open } = await start();
    const { page, faults } = await open(`${server.url}/docs/`);
    // Until then the button is visible but does nothing.
    await page.waitForFunction('document.querySelector("#app").__vue_app__ !== undefined');
    await page.click('#local-search button');
    await page.fill('#localsearch-input', 'revocation');
    await page.waitForSelector('#localsearch-list a[href*="signing"]');
    expect(faults).toEqual([]);
  });

  test('answers an unknown address with a page, and 404', async () => {
    const response = await fetch(`${server.url}/docs/nowhere.html`);
    expect([response.status, (await response.text()).includes('<div id="app">')]).toEqual([404, true]);
    expect(response.headers.get('content-security-policy')).not.toMatch(/unsafe|https?:|\*/);
  });
});

/** Returns links of pages to pages, files and headings that the site does not have. `names` are all of its files. */
async function brokenLinks(site: string, names: readonly string[]): Promise<readonly string[]> {
  const texts = new Map<string, string>();
  const isPage = (name: string) => name.endsWith('.html');
  for (const name of names) texts.set(`/docs/${name}`, isPage(name) ? await readFile(join(site, name), 'utf8') : '');
  const links = [...texts].flatMap(([from, text]) =>
    [...text.matchAll(/<a[^>]* href="([^"]+)"/g)].map(([, to = '']) => ({ from, to })),
  );
  expect(links.length).toBeGreaterThan(1000);
  return links
    .filter(({ to }) => !/^(?:https?|mailto):/.test(to))
    .filter(({ from, to }) => {
      const { pathname, hash } = new URL(to, `http://site${from}`);
      const target = texts.get(pathname.endsWith('/') ? `${pathname}index.html` : pathname);
      return target === undefined || (hash !== '' && !target.includes(`id="${decodeURIComponent(hash.slice(1))}"`));
    })
    .map(({ from, to }) => `${from}: ${to}`);
}
