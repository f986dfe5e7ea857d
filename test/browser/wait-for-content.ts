import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** Waits until no part of a page is loading any more. Each part says so by itself, so there may be several. */
export async function waitForContent(page: Page): Promise<void> {
  await page.locator('main h1').first().waitFor({ state: 'attached' });
  await expect.poll(() => page.locator('p.waiting').count()).toBe(0);
}
