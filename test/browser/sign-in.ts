import type { Page } from 'playwright-core';

/** Signs in at the top of a page with an access token, and waits until the page has been loaded again for this person. */
export async function signIn(page: Page, token: string): Promise<void> {
  const account = page.locator('details.account');
  await account.locator('summary').click();
  await account.getByLabel('Access token').fill(token);
  const loaded = page.waitForEvent('load');
  await account.locator('button[type=submit]').click();
  await loaded;
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
}
