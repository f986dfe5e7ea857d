import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { forkLab, type ForkLab } from '../support/fork-lab.ts';
import { findPart } from '../support/part.ts';
import { seriousViolations } from './accessibility.ts';
import { openBrowser, type Browser } from './browser.ts';

const chromium = findPart('chromium');

describe.skipIf(chromium === undefined)('the graph of a pipeline', () => {
  let lab: ForkLab;
  let browser: Browser;
  beforeAll(async () => {
    lab = await forkLab();
    browser = await openBrowser(chromium as string);
  });
  afterAll(async () => {
    await browser?.close();
    await lab?.close();
  });

  async function start(yaml: string): Promise<string> {
    const sha = await lab.remote.commit('refs/heads/main', { '.gitlab-ci.yml': yaml });
    lab.server.wake('lab');
    const { pipelines } = lab.server.coordinator.context;
    return lab.until(() => pipelines.list({ stack: 'lab' }).find(({ head }) => head === sha)?.id);
  }

  test('is walked along its lines with arrow keys, and Enter opens a job', async () => {
    const hand = 'script: x, when: manual';
    const id = await start(
      `first: { script: "true", needs: [] }\nsecond: { ${hand}, needs: [first] }\nother: { ${hand}, needs: [first] }\nthird: { ${hand}, needs: [second] }\n`,
    );
    const { page, faults } = await browser.open(`${lab.server.url}/pipelines/${id}?tab=graph`);
    await page.locator('.node.success').waitFor();
    const focused = () => page.evaluate<string>(`document.activeElement.querySelector('.node-name')?.textContent`);
    await page.locator('[data-current]').focus();
    while ((await focused()) !== 'first') await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowRight');
    const branch = await focused();
    expect(['second', 'other']).toContain(branch);
    await page.keyboard.press(branch === 'second' ? 'ArrowRight' : 'ArrowLeft');
    expect(await focused()).toBe(branch === 'second' ? 'third' : 'first');
    while ((await focused()) !== 'first') await page.keyboard.press('ArrowLeft');
    expect(await page.locator('.node[tabindex="0"]').count()).toBe(1);
    expect(await seriousViolations(page)).toEqual([]);
    await page.keyboard.press('Enter');
    await page.locator('.log-box').waitFor();
    expect(faults).toEqual([]);
    await page.close();
  });

  test('of many jobs is painted, with links for those that are large enough to be read', async () => {
    const many = (name: string) => `${name}: { script: x, when: manual, parallel: 200 }\n`;
    const id = await start(`${many('a')}${many('b')}far: { script: x, when: manual, needs: ["a 7/200"] }\n`);
    const { page, faults } = await browser.open(`${lab.server.url}/pipelines/${id}?tab=graph`);
    await page.locator('.graph-picture').waitFor();
    await expect.poll(() => page.locator('.node').count()).toBe(1);
    await page.getByRole('searchbox', { name: 'Find a job' }).fill('far');
    await page.getByRole('status').getByText('1 job').waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('100 %').waitFor();
    await expect.poll(() => page.locator('.node').count()).toBeGreaterThan(5);
    expect(await page.locator('.node').count()).toBeLessThanOrEqual(200);
    await page.locator('.node[data-current]').getByText('far').waitFor();
    await page.waitForURL(/q=far.*view=/);
    const shown = await page.locator('.node[data-current]').boundingBox();
    await page.reload();
    await page.getByText('100 %').waitFor();
    await page.locator('.node').getByText('far').waitFor();
    const again = page.locator('.node', { hasText: 'far' });
    await expect.poll(async () => (await again.boundingBox())?.x).toBeCloseTo(shown?.x ?? 0, 0);
    await page.getByRole('button', { name: 'fit' }).click();
    await expect.poll(() => page.locator('.node').count()).toBe(1);
    expect(faults).toEqual([]);
    await page.close();
  });

  test('is moved by dragging, and zoomed with the wheel and Ctrl around the pointer', async () => {
    const id = await start('a: { script: x, when: manual, needs: [] }\nb: { script: x, when: manual, needs: [a] }\n');
    const { page, faults } = await browser.open(`${lab.server.url}/pipelines/${id}?tab=graph`);
    const node = page.locator('.node', { hasText: /^a/ });
    // The graph moves once its size is known; the pointer waits until the job stays where it is.
    await node.hover();
    const before = (await node.boundingBox())!;
    const [x, y] = [before.x + before.width / 2, before.y + before.height / 2];
    await page.mouse.move(x, y);
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, -100);
    await page.keyboard.up('Control');
    await expect.poll(async () => (await node.boundingBox())?.height).toBeGreaterThan(before.height * 1.3);
    const zoomed = (await node.boundingBox())!;
    expect(zoomed.y + zoomed.height / 2).toBeCloseTo(y, 0);
    await page.mouse.down();
    await page.mouse.move(x + 40, y + 10, { steps: 4 });
    await page.mouse.up();
    await expect.poll(async () => Math.round((await node.boundingBox())?.x ?? 0)).toBe(Math.round(zoomed.x + 40));
    // The drag began on a job, and did not open it.
    expect(new URL(page.url()).pathname).toBe(`/pipelines/${id}`);
    expect(faults).toEqual([]);
    await page.close();
  });
});
