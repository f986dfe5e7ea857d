import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { openBrowser, type BrowserOptions } from '../test/browser/browser.ts';
import { pages, showPage } from '../test/browser/pages.ts';
import { playDemo, type PlayedDemo } from '../test/browser/played-demo.ts';
import { stackName } from '../test/browser/served-demo.ts';
import { findPart } from '../test/support/part.ts';
import { buildWeb } from './build-web.ts';
import { bundle } from './build.ts';
import { photographForge } from './forge-pictures/photograph-forge.ts';

/**
 * `npm run screenshots`: plays a stack's first day and photographs every page of the dashboard, light, dark and on a
 * phone, into `docs/images/pages/`, and what the server writes at a forge into `docs/images/`. `npm run screenshots
 * pages` and `npm run screenshots forge` do one of the two.
 */
const folder = fileURLToPath(new URL('../docs/images', import.meta.url));
const MOST_BYTES = 300_000;
const looks: readonly (BrowserOptions & { readonly name: string })[] = [
  { name: 'light', colorScheme: 'light', viewport: { width: 1440, height: 900 } },
  { name: 'dark', colorScheme: 'dark', viewport: { width: 1440, height: 900 } },
  { name: 'phone', colorScheme: 'light', viewport: { width: 390, height: 844 } },
];

const wanted = process.argv[2] ?? 'all';
const chromium = findPart('chromium');
if (chromium === undefined) process.exit(1);
await bundle();
await buildWeb();
await mkdir(join(folder, 'pages'), { recursive: true });
if (wanted !== 'forge') await photographPages();
if (wanted !== 'pages') await photographForge(chromium, save);

async function photographPages(): Promise<void> {
  const demo = await playDemo({ isSettled: true });
  try {
    for (const look of looks) await photograph(demo, look);
  } finally {
    await demo.close();
  }
}

async function photograph(demo: PlayedDemo, look: (typeof looks)[number]): Promise<void> {
  const browser = await openBrowser(chromium as string, look);
  for (const shown of pages) {
    const { page } = await browser.open('about:blank');
    await showPage(page, { url: demo.url + shown.path(demo), shown });
    await nameSite(page, demo);
    await save(`pages/${shown.name}-${look.name}`, await page.screenshot());
    await page.close();
  }
  await browser.close();
}

/** Replaces the addresses of the demo, a temporary folder and a free port, with those that a site has. */
async function nameSite(page: Page, { url, folder: root }: PlayedDemo): Promise<void> {
  const names = [
    [`${root}/git/remote.git`, `https://git.example.org/lab/${stackName}.git`],
    [root, '/var/lib/slipway'],
    [url, 'https://slipway.example.org'],
    [new URL(url).host, 'slipway.example.org'],
  ];
  await page.evaluate(`
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text !== null; text = texts.nextNode())
      for (const [from, to] of ${JSON.stringify(names)})
        if (text.data.includes(from)) text.data = text.data.replaceAll(from, to);
  `);
}

async function save(name: string, png: Buffer): Promise<void> {
  if (png.length > MOST_BYTES) throw new Error(`${name}.png has ${png.length} bytes; the most is ${MOST_BYTES}`);
  await writeFile(join(folder, `${name}.png`), png);
  console.log(`written: docs/images/${name}.png (${png.length} bytes)`);
}
