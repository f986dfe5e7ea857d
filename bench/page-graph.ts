import { costOfPage, figuresOf, pageLimits, type PageBench } from './page-lab.ts';

/** The graph of 5,000 jobs: drawn whole, searched, walked along its lines, dragged, zoomed, and drawn whole again. */
export const graph: PageBench = {
  measure: async (lab) => {
    const cost = await costOfPage(lab, `/pipelines/${lab.large.id}?tab=graph`, async (page) => {
      await page.locator('.graph-picture').waitFor();
      await page.getByRole('searchbox', { name: 'Find a job' }).fill('trilinos-x3');
      await page.getByRole('status').getByText('4 jobs').waitFor();
      await page.keyboard.press('Enter');
      await page.getByText('100 %').waitFor();
      await page.locator('.node[data-current]').focus();
      for (const key of ['ArrowRight', 'ArrowRight', 'ArrowDown', 'ArrowLeft']) await page.keyboard.press(key);
      const box = await page.locator('.graph-box').boundingBox();
      const [x, y] = [(box?.x ?? 0) + 600, (box?.y ?? 0) + 200];
      await page.mouse.move(x, y);
      await page.mouse.down();
      await page.mouse.move(x - 300, y - 120, { steps: 20 });
      await page.mouse.up();
      await page.getByRole('button', { name: 'Zoom out' }).click();
      await page.getByRole('button', { name: 'fit' }).click();
      await page.getByRole('button', { name: 'Zoom in' }).click();
    });
    return figuresOf('graph', cost);
  },
  limits: pageLimits('graph'),
};
