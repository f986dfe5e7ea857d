import { expect, test } from 'vitest';
import { forkLab } from '../support/fork-lab.ts';
import { findPart } from '../support/part.ts';
import { seriousViolations } from './accessibility.ts';
import { openBrowser } from './browser.ts';

const chromium = findPart('chromium');

test.skipIf(chromium === undefined)(
  'the timeline names what bounds the run, is walked by keys, and is a table too',
  async () => {
    const lab = await forkLab();
    const browser = await openBrowser(chromium as string);
    try {
      const yaml = 'first: { script: "true", needs: [] }\nlast: { script: "true", needs: [first] }\n';
      const sha = await lab.remote.commit('refs/heads/main', { '.gitlab-ci.yml': yaml });
      lab.server.wake('lab');
      const { id } = await lab.finished(sha);
      const { page, faults } = await browser.open(`${lab.server.url}/pipelines/${id}?tab=timeline`);
      await page.getByText('The critical path has 2 jobs').waitFor();
      await page.getByText('first → last').waitFor();
      const label = page.locator('.bar-label');
      await label.getByText('first').waitFor();
      expect(await seriousViolations(page)).toEqual([]);
      await label.focus();
      await page.keyboard.press('ArrowRight');
      await label.getByText('last').waitFor();
      await page.keyboard.press('+');
      await page.waitForURL(/span=/);
      await page.keyboard.press('0');
      await expect.poll(() => page.url()).not.toContain('span=');
      await page.getByRole('button', { name: 'Show as table' }).click();
      const row = page.getByRole('row', { name: /^first passed embedded/ });
      await row.getByText('critical').waitFor();
      expect(page.url()).toContain('form=table');
      expect(await seriousViolations(page)).toEqual([]);
      await page.getByRole('button', { name: 'Show as chart' }).click();
      await label.focus();
      await page.keyboard.press('Enter');
      await page.locator('.log-box').waitFor();
      expect(faults).toEqual([]);
    } finally {
      await browser.close();
      await lab.close();
    }
  },
);
