import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findPart } from '../support/part.ts';
import { seriousViolations } from './accessibility.ts';
import { openBrowser, type Browser } from './browser.ts';
import { requestRow } from './request-row.ts';
import { serveDemo, stackName, type ServedDemo } from './served-demo.ts';
import { waitForContent } from './wait-for-content.ts';

const chromium = findPart('chromium');
const LONG = 600_000;

describe.skipIf(chromium === undefined)('the page in a browser', () => {
  let demo: ServedDemo;
  let browser: Browser;

  beforeAll(async () => {
    demo = await serveDemo();
    await demo.start();
    browser = await openBrowser(chromium as string);
  });
  afterAll(async () => {
    await browser?.close();
    await demo?.close();
  });

  test('a change is watched from push to image, over a restart of the server', async () => {
    const { repository } = demo;
    const { page, faults } = await browser.open(demo.url);
    const list = await browser.open(demo.url);
    const views = [page, list.page];
    for (const view of views) await view.getByText('There are no pull requests yet').waitFor();
    await repository.git('checkout', '--quiet', '-b', 'bring-the-stack');
    await demo.bringStack();
    await repository.commitAndPush('bring-the-stack', 'Bring the first packages');
    for (const view of views) {
      const row = requestRow(view, 'Bring the first packages');
      await row.locator('.status').waitFor({ timeout: LONG });
      await row.getByRole('link', { name: /Bring the first packages/ }).click();
      await view.getByRole('heading', { name: 'Bring the first packages' }).waitFor();
      await view.evaluate('globalThis.isSameDocument = true');
    }
    await list.page.getByRole('button', { name: 'list', exact: true }).click();
    const states = list.page.getByRole('group', { name: 'States' });
    const progress = (view: Page) => view.locator('.change p', { hasText: /^\d of 8 packages built/ });
    await page
      .getByRole('link', { name: /^running \S+@/ })
      .first()
      .waitFor({ timeout: LONG });
    for (const view of views) await progress(view).waitFor();
    await states.getByRole('button', { name: /^running/ }).waitFor();

    await demo.kill();
    for (const view of views) await view.locator('.connection.reconnecting').waitFor({ timeout: LONG });
    await demo.start();
    for (const view of views) {
      await view.locator('.connection.live').waitFor({ timeout: LONG });
      await view.locator('header.head .status.success').waitFor({ timeout: LONG });
    }
    await expect.poll(() => page.locator('.node.success').count()).toBe(10);
    await states.getByRole('button', { name: 'passed 10' }).waitFor();
    expect(await states.getByRole('button').count()).toBe(1);
    for (const view of views) {
      const change = view.getByRole('region', { name: '8 of 8 packages built' });
      await expect.poll(() => change.locator('.job-link .status.success').count()).toBe(8);
      await progress(view).waitFor({ state: 'detached' });
      expect(await view.evaluate('globalThis.isSameDocument')).toBe(true);
    }
    expect(list.faults.filter((fault) => !isOfRestart(fault))).toEqual([]);
    await list.page.close();

    await repository.merge('bring-the-stack');
    await repository.tag('rev-1');
    await page.getByRole('link', { name: stackName }).first().click();
    const images = page.getByRole('region', { name: 'Images', exact: true });
    const image = images.getByRole('listitem').filter({ hasText: `${stackName}:1` });
    await image.locator('.status.success').waitFor({ timeout: LONG });
    await image.getByRole('link').click();
    await page.getByText(`docker pull ${new URL(demo.url).host}/${stackName}:1`, { exact: true }).waitFor();
    const layers = page.getByRole('region', { name: 'Layers', exact: true }).locator('tbody tr');
    await expect.poll(() => layers.count()).toBe(7);
    expect(faults.filter((fault) => !isOfRestart(fault))).toEqual([]);
    await page.close();
  });

  test('the first error line of a failed job is on the page of its pipeline, and a click from there in its log', async () => {
    const { repository } = demo;
    await repository.git('checkout', '--quiet', '-b', 'break-the-moon', 'main');
    const file = join(repository.work, 'src/moon/moon.c');
    await writeFile(file, `${await readFile(file, 'utf8')}\nint broken( { return 0; }\n`);
    await repository.commitAndPush('break-the-moon', 'Break the moon');
    const { page, faults } = await browser.open(demo.url);
    const row = requestRow(page, 'Break the moon');
    await row.locator('.status.failed').waitFor({ timeout: LONG });
    await row.getByRole('link', { name: /Break the moon/ }).click();
    await page
      .locator('.failures pre strong')
      .getByText(/moon\.c:\d+:\d+: .*error:/)
      .waitFor();
    await page.locator('.change').getByText('Adds about').waitFor();
    await page
      .locator('.failures')
      .getByRole('link', { name: /^moon@1.0/ })
      .click();
    await page
      .locator('.line.marked')
      .getByText(/moon\.c:\d+:\d+: .*error:/)
      .waitFor();
    await expect.poll(() => isInView(page, '.line.marked')).toBe(true);
    expect(faults).toEqual([]);
    await page.close();
  });

  test('why a package is rebuilt is two clicks from the first page, and what differs from the branch one more', async () => {
    const { repository } = demo;
    await repository.git('checkout', '--quiet', '-b', 'finer-plots', 'main');
    const file = join(repository.work, 'src/plot/Makefile');
    await writeFile(file, `${await readFile(file, 'utf8')}\n# finer\n`);
    await repository.commitAndPush('finer-plots', 'Plot with finer lines');
    const { page, faults } = await browser.open(demo.url);
    const row = requestRow(page, 'Plot with finer lines');
    await row.locator('.status.success').waitFor({ timeout: LONG });
    await row.getByRole('link', { name: /Plot with finer lines/ }).click();
    const change = page.getByRole('region', { name: '4 of 8 packages built, 4 reused' });
    const plot = change.locator('.causes > li').filter({ hasText: 'plot@1.2 (recipe changed): 4 hashes' });
    await plot.getByRole('link', { name: 'first-light@1.0' }).click();
    await page
      .locator('.marked > .why')
      .getByText(
        'first-light@1.0 is rebuilt because plot@1.2 changed (recipe changed), which it uses through mandelbrot and tides.',
      )
      .waitFor();
    await page.waitForURL(/#why=first-light$/);
    await plot.getByRole('button', { name: 'What it rebuilds' }).first().click();
    await plot.getByRole('link', { name: 'first-light@1.0' }).waitFor({ state: 'detached' });
    await change.getByRole('link', { name: 'Compare with main' }).click();
    await page.getByRole('heading', { name: '4 packages differ: 4 changed; 4 the same' }).waitFor();
    await page
      .getByRole('table')
      .getByRole('row', { name: /^tides rebuilt .* plot \(recipe changed\)$/ })
      .waitFor();
    await page.getByRole('button', { name: 'version 0' }).click();
    await page.waitForURL(/[?&]kind=version(?:&|#|$)/);
    await page.getByLabel('To', { exact: true }).fill('pull/99');
    await page.getByRole('button', { name: 'Compare', exact: true }).click();
    await page.getByRole('alert').getByText('has no pipeline of pull/99').waitFor();
    expect(faults.filter((fault) => !fault.includes('404'))).toEqual([]);
    await page.close();
  });

  test('axe finds no serious fault on any view, in light and in dark', async () => {
    const views = [
      '/',
      `/stacks/${stackName}`,
      `/stacks/${stackName}/packages`,
      '/pipelines/1',
      ...(await failedPipeline(demo.url)),
      '/jobs/1',
      '/images/1',
      '/nowhere-at-all',
    ];
    const { page, faults } = await browser.open(demo.url);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      for (const view of views.slice(0, -1)) {
        await page.goto(demo.url + view);
        await waitForContent(page);
        await expect.poll(() => page.locator('.line-text.faint').count(), { timeout: LONG }).toBe(0);
        expect(await seriousViolations(page), `${view} in ${colorScheme}`).toEqual([]);
      }
    }
    expect(faults).toEqual([]);
    await page.close();
  });

  test('it is walked through by keyboard, and fits a phone', async () => {
    const { page } = await browser.open(`${demo.url}/pipelines/1`);
    await page.locator('.node').first().waitFor();
    await page.getByRole('button', { name: 'fit' }).focus();
    for (let presses = 0; presses < 20 && !(await isFocused(page, 'a.node[href^="/jobs/"]')); presses += 1)
      await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.locator('.log-box').waitFor();
    expect(new URL(page.url()).pathname).toMatch(/^\/jobs\/\d+$/);
    await page.setViewportSize({ width: 360, height: 740 });
    for (const view of [
      '/',
      `/stacks/${stackName}`,
      `/stacks/${stackName}/packages`,
      '/pipelines/1',
      '/jobs/1',
      '/images/1',
    ]) {
      await page.goto(demo.url + view);
      await waitForContent(page);
      const width = () => page.evaluate<number>('document.documentElement.scrollWidth');
      await expect.poll(width, { message: view }).toBeLessThanOrEqual(360);
    }
    await page.close();
  });
});

/** While the server is away, the browser says so for each request that it makes. */
function isOfRestart(fault: string): boolean {
  return /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE/.test(fault);
}

async function isInView(page: Page, selector: string): Promise<boolean> {
  const [line, box] = [await page.locator(selector).boundingBox(), await page.locator('.log-box').boundingBox()];
  return line !== null && box !== null && line.y >= box.y && line.y + line.height <= box.y + box.height;
}

function isFocused(page: Page, selector: string): Promise<boolean> {
  return page.evaluate<boolean>(`document.activeElement?.matches(${JSON.stringify(selector)}) === true`);
}

async function failedPipeline(url: string): Promise<readonly string[]> {
  const { pipelines } = (await (await fetch(`${url}/api/v1/pipelines`)).json()) as {
    pipelines: { id: string; status: string }[];
  };
  return pipelines.filter(({ status }) => status === 'failed').map(({ id }) => `/pipelines/${id}`);
}
