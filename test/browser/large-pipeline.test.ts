import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLargePipeline, type LargePipeline } from '../support/large-pipeline.ts';
import { findPart } from '../support/part.ts';
import { serveStack, type ServedStack } from '../support/served-stack.ts';
import { seriousViolations } from './accessibility.ts';
import { openBrowser, type Browser } from './browser.ts';

const chromium = findPart('chromium');
/** Elements and texts that a page may have. */
const MOST_NODES = 3000;
/** The row of the focus. */
const FOCUSED = 'document.activeElement?.closest("[aria-rowindex]")';

describe.skipIf(chromium === undefined)('the page of a pipeline of 5,000 jobs', () => {
  let served: ServedStack;
  let browser: Browser;
  let large: LargePipeline;
  beforeAll(async () => {
    served = await serveStack();
    large = createLargePipeline(served.server.coordinator.context, 200);
    browser = await openBrowser(chromium as string);
  });
  afterAll(async () => {
    await browser?.close();
    await served?.close();
  });
  const open = (query: string) => browser.open(`${served.server.url}/pipelines/${large.id}${query}`);

  test('lists them with elements for those in view, from the first to the last, by keyboard', async () => {
    const { page, faults } = await open('');
    await page.getByRole('table', { name: 'Jobs' }).waitFor();
    expect(await page.getByRole('table', { name: 'Jobs' }).getAttribute('aria-rowcount')).toBe('5003');
    expect(await countNodes(page)).toBeLessThan(MOST_NODES);
    expect(await seriousViolations(page)).toEqual([]);
    await page.locator('.virtual-body .cell-name a').first().focus();
    await page.keyboard.press('End');
    await focusedRow(page, 5003);
    expect(await countNodes(page)).toBeLessThan(MOST_NODES);
    await page.keyboard.press('ArrowUp');
    await focusedRow(page, 5002);
    await page.keyboard.press('PageUp');
    await page.waitForFunction(`Number(${FOCUSED}.getAttribute("aria-rowindex")) < 5002`);
    await page.keyboard.press('Home');
    await focusedRow(page, 2);
    expect(faults).toEqual([]);
    await page.close();
  });

  test('shows of them what the address says, which follows every choice', async () => {
    const { page, faults } = await open('?state=failed&sort=-duration');
    await page.getByRole('button', { name: 'failed 8', pressed: true }).waitFor();
    expect(await page.getByRole('table', { name: 'Jobs' }).getAttribute('aria-rowcount')).toBe('9');
    expect(await page.getByRole('columnheader', { name: 'Duration' }).getAttribute('aria-sort')).toBe('descending');
    await page.getByRole('button', { name: 'failed 8' }).click();
    await page.getByRole('searchbox', { name: /^Search jobs/ }).fill('trilinos-x3');
    await page
      .locator('[aria-rowcount="5"]')
      .getByRole('row', { name: /^trilinos-x3@/ })
      .first()
      .waitFor();
    await expect.poll(() => new URL(page.url()).search).toBe('?sort=-duration&q=trilinos-x3');
    await page.getByRole('searchbox', { name: /^Search jobs/ }).fill('');
    await page.getByLabel('Group').selectOption('root');
    const group = page.locator('.virtual-heading').nth(1);
    await group.getByRole('button', { expanded: true }).click();
    await group.getByRole('button', { expanded: false }).waitFor();
    await page.reload();
    await group.getByRole('button', { expanded: false }).waitFor();
    await page.getByRole('searchbox', { name: /^Search jobs/ }).fill('no such job');
    await page.getByText('No job matches.').waitFor();
    expect(faults).toEqual([]);
    await page.close();
  });

  test('follows the events of its jobs', async () => {
    const { page, faults } = await open('');
    const passed = page.getByRole('group', { name: 'States' }).getByRole('button', { name: /^passed/ });
    await page.locator('.connection.live').waitFor();
    await expect.poll(() => passed.textContent()).toContain('201');
    // Of each job one event takes its success, the second begins it, the third ends it.
    for (let events = 0; events < 91; events += 1) large.step();
    await expect.poll(() => passed.textContent()).toContain('200');
    for (let events = 0; events < 2; events += 1) large.step();
    await expect.poll(() => passed.textContent()).toContain('201');
    expect(faults).toEqual([]);
    await page.close();
  });
});

function countNodes(page: Page): Promise<number> {
  return page.evaluate<number>('document.evaluate("count(//node())", document).numberValue');
}

/** Waits until a row, counted from 1 with that of the titles, has the focus and is in view. */
async function focusedRow(page: Page, row: number): Promise<void> {
  await page.waitForFunction(`${FOCUSED}?.getAttribute("aria-rowindex") === "${row}"`);
  await page.waitForFunction(`${FOCUSED}.getBoundingClientRect().top >= 0`);
  await page.waitForFunction(`${FOCUSED}.getBoundingClientRect().bottom <= innerHeight`);
}
