import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { openBrowser } from '../test/browser/browser.ts';
import { serveDemo, stackName, type ServedDemo } from '../test/browser/served-demo.ts';
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
  const demo = await serveDemo();
  try {
    await demo.start();
    await playFirstDay(demo);
    for (const colorScheme of ['light', 'dark'] as const) await photograph(demo, colorScheme);
  } finally {
    await demo.close();
  }
}

/** A merged and tagged pull request, one that fails, and one that is under way. */
async function playFirstDay({ repository, url, bringStack }: ServedDemo): Promise<void> {
  await repository.git('checkout', '--quiet', '-b', 'bring-the-stack');
  await bringStack();
  await repository.commitAndPush('bring-the-stack', 'Bring the first packages');
  await until(url, 1, 'success');
  await repository.merge('bring-the-stack');
  await repository.tag('rev-1');
  await until(url, 3, 'success');
  await change(repository, {
    branch: 'new-phases',
    message: 'Print the phases of the moon',
    file: 'src/moon/moon.c',
    text: '\nint broken( { return 0; }\n',
  });
  await until(url, 5, 'failed');
  await change(repository, {
    branch: 'finer-plots',
    message: 'Plot with finer lines',
    file: 'recipes/plot.yaml',
    text: '# finer\n',
  });
  await until(url, 7, 'running');
}

async function change(
  repository: ServedDemo['repository'],
  edit: { branch: string; message: string; file: string; text: string },
): Promise<void> {
  await repository.git('checkout', '--quiet', '-b', edit.branch, 'main');
  const path = join(repository.work, edit.file);
  await writeFile(path, (await readFile(path, 'utf8')) + edit.text);
  await repository.commitAndPush(edit.branch, edit.message);
}

async function photograph({ url }: ServedDemo, colorScheme: 'light' | 'dark'): Promise<void> {
  const browser = await openBrowser(chromium as string, { colorScheme, viewport: desktop });
  const { page } = await browser.open(url);
  const failed = await failedJob(url);
  await take(page, { name: `stacks-${colorScheme}`, url: `${url}/` });
  await take(page, { name: `pipeline-${colorScheme}`, url: `${url}/pipelines/3` });
  await take(page, { name: `log-${colorScheme}`, url: `${url}/jobs/${failed}#first-error` });
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

async function until(url: string, pipeline: number, status: string): Promise<void> {
  for (;;) {
    const response = await fetch(`${url}/api/v1/pipelines/${pipeline}`);
    if (response.ok && ((await response.json()) as { status: string }).status === status) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function failedJob(url: string): Promise<string> {
  const { jobs } = (await (await fetch(`${url}/api/v1/jobs?name=moon`)).json()) as {
    jobs: { id: string; status: string }[];
  };
  return jobs.find(({ status }) => status === 'failed')?.id ?? '';
}
