import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { forkLab, type ForkLab } from '../support/fork-lab.ts';
import { findPart } from '../support/part.ts';
import { seriousViolations } from './accessibility.ts';
import { openBrowser, type Browser } from './browser.ts';
import { signIn } from './sign-in.ts';

const chromium = findPart('chromium');
const LONG = 'y'.repeat(12_000);
const pipeline = (word: string) => `
build: { image: "debian:12", script: ['echo "${word} <b>bold</b>"'] }
long: { script: ["${LONG}"], when: manual }
`;

describe.skipIf(chromium === undefined)('the page of a held request', () => {
  let lab: ForkLab;
  let browser: Browser;
  beforeAll(async () => {
    lab = await forkLab({ triggerTokens: [{ actor: 'ada', token: { env: 'ADA' } }] });
    await lab.remote.commit('refs/heads/main', { '.gitlab-ci.yml': 'main: { script: echo }\n' });
    browser = await openBrowser(chromium as string);
  });
  afterAll(async () => {
    await browser?.close();
    await lab?.close();
  });

  /** Pushes to the fork of pull request 7, and opens the page that the status of its head links to. */
  async function push(word: string): Promise<string> {
    const files = { '.gitlab-ci.yml': pipeline(word), 'src/a.c': word };
    const sha = await lab.remote.commit('refs/pull/7/head', files, 'refs/heads/main');
    lab.server.wake('lab');
    await lab.until(() => lab.status(sha));
    return sha;
  }

  const statusUrl = (sha: string) =>
    lab.server.coordinator.context.ledger.statuses('lab').find((one) => one.sha === sha)?.url ?? '';

  test('shows what would run, and is approved at that commit by a person, who is recorded', async () => {
    const sha = await push('first');
    expect(statusUrl(sha)).toBe(`${lab.server.url}/stacks/lab/requests/7`);
    const { page, faults } = await browser.open(statusUrl(sha));
    await page.getByText('Held, from a fork.').waitFor();
    await page.getByRole('heading', { name: 'What would run' }).waitFor();
    await page.locator('pre').getByText('echo "first <b>bold</b>"', { exact: true }).waitFor();
    await page.getByText('debian:12').waitFor();
    await page.getByText('2000 more characters are not shown.').waitFor();
    await page.getByRole('listitem').filter({ hasText: 'configures pipelines' }).getByText('.gitlab-ci.yml').waitFor();
    expect(await seriousViolations(page)).toEqual([]);
    await signIn(page, 'planted-token-of-ada-20d7');
    const approve = page.getByRole('button', { name: `Approve commit ${sha.slice(0, 8)} of #7` });
    await approve.waitFor();
    expect(await page.getByRole('button', { name: /^Run / }).count()).toBe(0);
    // By the keyboard alone.
    await tabTo(page, 'Approve commit');
    await page.keyboard.press('Enter');
    await page.getByText('approved by').waitFor();
    await approve.waitFor({ state: 'detached' });
    await page.getByRole('region', { name: 'Pipelines' }).getByText('untrusted').waitFor();
    expect(await seriousViolations(page)).toEqual([]);
    expect(lab.server.coordinator.context.ledger.request('lab', '7')?.approval).toMatchObject({ sha, by: 'ada' });
    expect((await lab.finished(sha)).trust).toBe('untrusted');
    await page.getByRole('button', { name: `Run ${sha.slice(0, 8)} of #7` }).click();
    await page.getByRole('region', { name: 'Commands' }).getByText('/slipway run').waitFor();
    const { ledger, pipelines } = lab.server.coordinator.context;
    const done = { actor: 'ada', command: 'run', state: 'done', sha };
    await expect.poll(() => ledger.commands('lab', '7')).toMatchObject([done]);
    await expect.poll(() => pipelines.list({ stack: 'lab', request: '7' })).toHaveLength(2);
    expect(await seriousViolations(page)).toEqual([]);
    expect(faults).toEqual([]);
    await page.close();
  });

  test('keeps showing the commit that was read when another is pushed, and its approval is refused', async () => {
    const read = await push('second');
    const { page } = await browser.open(statusUrl(read));
    await page.locator('pre').getByText('echo "second').waitFor();
    const pushed = await push('third');
    await page
      .getByRole('alert')
      .getByText(`The head has moved to ${pushed.slice(0, 8)}`)
      .waitFor();
    await page.locator('pre').getByText('echo "second').waitFor();
    expect(await seriousViolations(page)).toEqual([]);
    await page.getByRole('button', { name: `Approve commit ${read.slice(0, 8)} of #7` }).click();
    await page.getByText(`The head of pull request 7 is \`${pushed}\`, not \`${read}\``).waitFor();
    const { ledger, pipelines } = lab.server.coordinator.context;
    expect(ledger.request('lab', '7')?.approval?.sha).not.toBe(pushed);
    expect(pipelines.list({ stack: 'lab', request: '7' }).filter(({ head }) => head === pushed)).toEqual([]);
    await tabTo(page, 'Show the new head');
    await page.keyboard.press('Enter');
    await page.locator('pre').getByText('echo "third').waitFor();
    await page.getByRole('button', { name: `Approve commit ${pushed.slice(0, 8)} of #7` }).waitFor();
    await page.setViewportSize({ width: 360, height: 740 });
    const width = () => page.evaluate<number>('document.documentElement.scrollWidth');
    await expect.poll(width).toBeLessThanOrEqual(360);
    await page.close();
  });

  test('is reached from the page of the stack, and names what it conflicts with', async () => {
    const files = { '.gitlab-ci.yml': pipeline('fourth') };
    await lab.remote.commit('refs/pull/8/head', files, 'refs/heads/main');
    await lab.remote.commit('refs/heads/main', { '.gitlab-ci.yml': 'other: { script: echo }\n' });
    lab.server.wake('lab');
    const { page, faults } = await browser.open(`${lab.server.url}/stacks/lab`);
    const requests = page.getByRole('region', { name: 'Pull requests' });
    await requests.locator('a[href="/stacks/lab/requests/8"]').click();
    await page.getByText('Conflicts with main: .gitlab-ci.yml').waitFor();
    await page.getByText('It is not known which files differ.').waitFor();
    expect(await seriousViolations(page)).toEqual([]);
    expect(faults).toEqual([]);
    await page.close();
  });
});

/** Presses Tab until a button of this name has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name }).waitFor();
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press('Tab');
    const text = 'document.activeElement?.ariaLabel ?? document.activeElement?.textContent ?? ""';
    if ((await page.evaluate<string>(text)).startsWith(name)) return;
  }
  throw new Error(`no button ${name} is reached by the keyboard`);
}
