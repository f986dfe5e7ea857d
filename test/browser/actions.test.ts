import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { forkLab, labToken, type ForkLab } from '../support/fork-lab.ts';
import { findPart } from '../support/part.ts';
import { serveStack, stackName } from '../support/served-stack.ts';
import { seriousViolations } from './accessibility.ts';
import { openBrowser, type Browser } from './browser.ts';

const chromium = findPart('chromium');

const pipeline = `
flaky: { script: ['echo once', 'exit 3'] }
hand: { script: ['echo "for $WHO"', sleep 600], when: manual }
`;

describe.skipIf(chromium === undefined)('the buttons of the page', () => {
  let lab: ForkLab;
  let browser: Browser;
  let id = '';
  beforeAll(async () => {
    lab = await forkLab({ events: { pushes: false, pullRequests: false } });
    await lab.remote.commit('refs/heads/main', { '.gitlab-ci.yml': pipeline });
    id = (await lab.post('trigger', { ref: 'main' })).body['id'] ?? '';
    browser = await openBrowser(chromium as string);
  });
  afterAll(async () => {
    await browser?.close();
    await lab?.close();
  });

  test('ask for an access token once, then retry, play with variables and cancel', async () => {
    const { page, faults } = await browser.open(`${lab.server.url}/pipelines/${id}`);
    await page.locator('header.head .status.failed').waitFor();
    await page.getByRole('button', { name: `Retry failed pipeline ${id}` }).click();
    const token = page.locator('.actions').getByLabel('Access token');
    await token.fill('wrong');
    await token.press('Enter');
    await page.getByText('The token is unknown, expired or revoked.').waitFor();
    expect(await seriousViolations(page)).toEqual([]);
    await token.fill(labToken);
    await token.press('Enter');
    await lab.until(() => lab.server.coordinator.context.pipelines.latestRun(id, 'flaky')?.attempt === 2);
    await token.waitFor({ state: 'detached' });

    await page.getByRole('button', { name: 'Play hand' }).first().click();
    await page.getByLabel('Variables, one NAME=value per line').fill('WHO=me');
    expect(await token.count()).toBe(0);
    await page.locator('.question').getByRole('button', { name: 'Play hand' }).click();
    await page.locator('.awaited').waitFor({ state: 'detached' });
    await page.getByRole('link', { name: /hand/ }).first().click();
    await page.locator('.line-text').getByText('for me', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Cancel hand' }).click();
    await page.locator('header.job-head .status.canceled').waitFor();
    await page.getByRole('button', { name: 'Retry hand' }).waitFor();
    expect(faults).toEqual([expect.stringContaining('401')]);
    await page.close();
  });

  test('stand beside jobs that no runner can take, which say so in the graph, in the list and on their page', async () => {
    await lab.remote.commit('refs/heads/main', { '.gitlab-ci.yml': 'far: { script: echo far, tags: [elsewhere] }\n' });
    const far = (await lab.post('trigger', { ref: 'main' })).body['id'] ?? '';
    const { page, faults } = await browser.open(`${lab.server.url}/pipelines/${far}`);
    const why = /^(far: )?Stuck: .*elsewhere/;
    const node = page.getByRole('link', { name: 'far stuck' });
    await node.waitFor();
    expect(await node.getAttribute('title')).toMatch(why);
    expect(await seriousViolations(page)).toEqual([]);
    await page.getByRole('button', { name: 'list', exact: true }).click();
    expect(await page.getByText('stuck', { exact: true }).getAttribute('title')).toMatch(why);
    await page.getByRole('link', { name: 'far', exact: true }).click();
    await page.getByText(why).waitFor();
    expect(faults).toEqual([]);
    await page.close();
  });
});

test.skipIf(chromium === undefined)('on loopback without configuration the buttons ask for no token', async () => {
  const served = await serveStack({ stack: { events: { pushes: true, pullRequests: false } } });
  const browser = await openBrowser(chromium as string);
  try {
    const { pipelines } = served.server.coordinator.context;
    await served.finalStatus(await served.push('main', { '.gitlab-ci.yml': pipeline }));
    const id = pipelines.list({ stack: stackName })[0]?.id ?? '';
    const { page, faults } = await browser.open(`${served.server.url}/pipelines/${id}`);
    await page.locator('header.head .status.failed').waitFor();
    await page.getByRole('button', { name: `Retry failed pipeline ${id}` }).click();
    await expect.poll(() => pipelines.latestRun(id, 'flaky')?.attempt).toBe(2);
    expect(await page.getByLabel('Access token').count()).toBe(0);
    expect(await page.getByText('Sign in').count()).toBe(0);
    expect(faults).toEqual([]);
  } finally {
    await browser.close();
    await served.close();
  }
});
