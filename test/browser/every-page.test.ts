import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { findPart } from '../support/part.ts';
import { seriousViolations } from './accessibility.ts';
import { accessibilityTree } from './accessibility-tree.ts';
import { openBrowser, type Browser, type BrowserOptions } from './browser.ts';
import { walkByKeyboard } from './keyboard-walk.ts';
import { pages, showPage } from './pages.ts';
import { playDemo, type PlayedDemo } from './played-demo.ts';

const chromium = findPart('chromium');
const PHONE = { width: 360, height: 740 };
const looks: readonly (BrowserOptions & { readonly name: string })[] = [
  { name: 'light', colorScheme: 'light', viewport: { width: 1440, height: 900 } },
  { name: 'dark', colorScheme: 'dark', viewport: { width: 1440, height: 900 } },
  { name: 'phone', colorScheme: 'light', viewport: PHONE },
];

describe.skipIf(chromium === undefined)('every page', () => {
  let demo: PlayedDemo;
  beforeAll(async () => {
    demo = await playDemo({ isSettled: true });
  });
  afterAll(async () => demo?.close());

  /** A page is closed however its test ends: each holds a connection, and a browser has six of them for a server. */
  async function open(browser: Browser, shown: (typeof pages)[number]) {
    const opened = await browser.open('about:blank');
    onTestFinished(() => opened.page.close());
    await showPage(opened.page, { url: demo.url + shown.path(demo), shown });
    return opened;
  }

  describe.each(looks)('$name', (look) => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await openBrowser(chromium as string, look);
    });
    afterAll(async () => browser?.close());

    test.each(pages)('$name has one heading, nothing that axe objects to, and fits its width', async (shown) => {
      const { page, faults } = await open(browser, shown);
      expect(await page.locator('h1').count()).toBe(1);
      expect(await seriousViolations(page, ['target-size'])).toEqual([]);
      const width = look.viewport?.width ?? 0;
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      expect(faults).toEqual([]);
    });
  });

  describe('desktop', () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await openBrowser(chromium as string, looks[0]);
    });
    afterAll(async () => browser?.close());

    test.each(pages)(
      '$name reads the same to assistive technology, and is walked through by keyboard',
      async (shown) => {
        const { page } = await open(browser, shown);
        if (!shown.isTimed)
          await expect(await accessibilityTree(page)).toMatchFileSnapshot(`accessibility/${shown.name}.txt`);
        expect(await walkByKeyboard(page)).toEqual({ unreached: [], unseen: [], mouseOnly: [] });
      },
    );
  });
});
