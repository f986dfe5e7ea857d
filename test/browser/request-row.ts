import type { Locator, Page } from 'playwright-core';

/** The row of a pull request on the first page or on that of a stack, and no other place that has its title. */
export function requestRow(page: Page, title: string): Locator {
  const requests = page.getByRole('region', { name: /^Pull requests/ });
  return requests.getByRole('listitem').filter({ hasText: title });
}
