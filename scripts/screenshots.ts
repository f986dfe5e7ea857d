import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { openBrowser } from '../test/browser/browser.ts';
import { playDemo, type PlayedDemo } from '../test/browser/played-demo.ts';
import { stackName } from '../test/browser/served-demo.ts';
import { findPart } from '../test/support/part.ts';
import { buildWeb } from './build-web.ts';
import { bundle } from './build.ts';
import { photographForge } from './forge-pictures/photograph-forge.ts';

/**
 * `npm run screenshots`: plays a stack's first day and photographs the page, and what the server writes at a forge,
 * light and dark, into `docs/images/`. `npm run screenshots forge` does only the latter.
 */
const folder = fileURLToPath(new URL('../docs/images', import.meta.url));
const MOST_BYTES = 200_000;
const phone = { width: 390, height: 760 };
const desktop = { width: 1280, height: 760 };

const chromium = findPart('chromium');
if (chromium === undefined) process.exit(1);
await bundle();
await buildWeb();
await mkdir(folder, { recursive: true });
if (process.argv[2] !== 'forge') await photographDemo();
await photographForge(chromium, save);

async function photographDemo(): Promise<void> {
  const demo = await playDemo();
  try {
    for (const colorScheme of ['light', 'dark'] as const) await photograph(demo, colorScheme);
  } finally {
    await demo.close();
  }
}

async function photograph({ url, failedJob }: PlayedDemo, colorScheme: 'light' | 'dark'): Promise<void> {
  const browser = await openBrowser(chromium as string, { colorScheme, viewport: desktop });
  const { page } = await browser.open(url);
  await take(page, { name: `stacks-${colorScheme}`, url: `${url}/` });
  await take(page, { name: `pipeline-${colorScheme}`, url: `${url}/pipelines/3` });
  await take(page, { name: `log-${colorScheme}`, url: `${url}/jobs/${failedJob}#first-error` });
  await take(page, { name: `image-${colorScheme}`, url: `${url}/images/1` });
  await page.setViewportSize(phone);
  await take(page, { name: `phone-${colorScheme}`, url: `${url}/pipelines/5` });
  await browser.close();
}

async function take(page: Page, { name, url }: { name: string; url: string }): Promise<void> {
  await page.goto(url);
  await page.locator('main h1').first().waitFor({ state: 'attached' });
  await page.getByText('Loading…').waitFor({ state: 'detached' });
  if (url.includes('/jobs/')) await page.locator('.line.marked .line-text:not(.faint)').waitFor();
  // The remote of the demo is a temporary folder; what readers have is a URL.
  await page.evaluate(
    `for (const one of document.querySelectorAll('.remote')) one.textContent = 'https://git.example.org/lab/${stackName}.git'`,
  );
  await save(name, await page.screenshot());
}

async function save(name: string, png: Buffer): Promise<void> {
  if (png.length > MOST_BYTES) throw new Error(`${name}.png has ${png.length} bytes; the most is ${MOST_BYTES}`);
  await writeFile(join(folder, `${name}.png`), png);
  console.log(`written: docs/images/${name}.png (${png.length} bytes)`);
}
