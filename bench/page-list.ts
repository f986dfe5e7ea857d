import { costOfPage, figuresOf, pageLimits, type PageBench } from './page-lab.ts';

/** The list of 5,000 jobs: opened, scrolled to its end and back, searched, filtered, sorted and grouped. */
export const list: PageBench = {
  measure: async (lab) => {
    const cost = await costOfPage(lab, `/pipelines/${lab.large.id}?tab=list`, async (page) => {
      await page.locator('.jobs [role=row]').nth(5).waitFor();
      await page.locator('.jobs .virtual-body a').first().focus();
      for (const [key, row] of [
        ['End', 5000],
        ['Home', 5],
      ] as const) {
        await page.keyboard.press(key);
        await page.locator(`.jobs [aria-rowindex="${row}"]`).waitFor();
      }
      await page.getByRole('searchbox').fill('hdf5');
      await page.getByRole('button', { name: /^failed/ }).click();
      await page.getByRole('button', { name: /^failed/ }).click();
      await page.getByRole('searchbox').fill('');
      await page.getByRole('button', { name: 'Duration' }).click();
      await page.getByLabel('Group').selectOption('root');
      await page.locator('.virtual-heading').nth(1).waitFor();
    });
    return figuresOf('list', cost);
  },
  limits: pageLimits('list'),
};
