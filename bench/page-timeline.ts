import { costOfPage, figuresOf, pageLimits, type PageBench } from './page-lab.ts';

/** The timeline of 5,000 jobs: drawn whole, zoomed, walked from bar to bar, and shown as a table. */
export const timeline: PageBench = {
  measure: async (lab) => {
    const cost = await costOfPage(lab, `/pipelines/${lab.large.id}?tab=timeline`, async (page) => {
      await page.locator('.bar-label').waitFor();
      await page.locator('.bar-label').focus();
      for (const key of ['+', '+', 'ArrowRight', 'ArrowDown', '0']) await page.keyboard.press(key);
      await page.getByRole('button', { name: 'Show as table' }).click();
      await page.locator('.timeline-table .virtual-row').nth(5).waitFor();
    });
    return figuresOf('timeline', cost);
  },
  limits: pageLimits('timeline'),
};
