import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { forkLab, type ForkLab } from '../support/fork-lab.ts';
import { findPart } from '../support/part.ts';
import { seriousViolations } from './accessibility.ts';
import { openBrowser, type Browser } from './browser.ts';

const chromium = findPart('chromium');

const pipeline = `
unit:
  script: ['mkdir -p out/deep', 'cp page.html out/deep/page.html', 'echo tides > out/notes', 'cp tests.xml report.xml', 'cat log.txt', 'exit 3']
  artifacts: { when: always, paths: [out], reports: { junit: report.xml } }
`;
const report = `<testsuites><testsuite name="sea">
  <testcase name="waves" time="0.25"><system-out>calm</system-out></testcase>
  <testcase name="tides"><failure message="2 is not 3">tides.c:7: 2 is not 3</failure></testcase>
</testsuite></testsuites>
`;
const hostilePage = `<h1>Report</h1><script>document.title = 'harmed'; fetch('/api/v1/stacks')</script>
<img src="/api/v1/stacks" onerror="document.title = 'harmed'"><iframe src="/"></iframe>`;
const log = [
  ...Array.from({ length: 300 }, (_, index) => `gcc -O2 -c file${index}.c -o file${index}.o`),
  '\u001B[38;2;255;255;0myellow\u001B[0m see https://docs.example.org/a?b=1. javascript://no https://a@b.example/',
  `long ${'word '.repeat(300)}`,
  '\u001B[1mx.c:1:2: \u001B[31merror: \u001B[0mno moon',
  'make: *** [all] Error 2',
].join('\n');

describe.skipIf(chromium === undefined)('the page of a job', () => {
  let lab: ForkLab;
  let browser: Browser;
  let address: string;
  beforeAll(async () => {
    lab = await forkLab({ events: { pushes: false, pullRequests: false } });
    const files = { '.gitlab-ci.yml': pipeline, 'tests.xml': report, 'page.html': hostilePage, 'log.txt': `${log}\n` };
    await lab.remote.commit('refs/heads/main', files);
    browser = await openBrowser(chromium as string);
    const { id = '' } = (await lab.post('trigger', { ref: 'main' })).body;
    await lab.until(() => lab.server.coordinator.context.pipelines.state(id).status === 'failed');
    address = `${lab.server.url}/jobs/1`;
  });
  afterAll(async () => {
    await browser?.close();
    await lab?.close();
  });

  async function open(path = '') {
    const { page, faults } = await browser.open(address + path);
    await page.locator('.line .line-text:not(.faint)').first().waitFor();
    return { page, faults };
  }

  const markedLines = (page: Page) =>
    page.locator('.line.marked').evaluateAll((lines) => lines.map(({ id }) => Number(id.slice(1))));

  test('opens at the error, which its one box names with the line', async () => {
    const { page, faults } = await open();
    await page.locator('.line.marked').getByText('x.c:1:2: error: no moon').waitFor();
    const failure = page.getByRole('region', { name: 'Failure' });
    await failure.getByText('unit failed [test]: 1 of 2 tests, tides: 2 is not 3').waitFor();
    expect(await failure.locator('code').getByText('tides', { exact: true }).count()).toBe(1);
    await expect.poll(() => page.locator('.notice').count()).toBe(1);
    const line = await failure.getByRole('link', { name: /^line \d+$/ }).getAttribute('href');
    expect(line).toBe(`#L${(await markedLines(page))[0]}`);
    await failure.getByText('Lines of the log, and how to repeat it').click();
    await failure.getByText('x.c:1:2: error: no moon').waitFor();
    await failure.getByText(`slipway reproduce 1 --url ${lab.server.url}`, { exact: true }).waitFor();
    expect(await seriousViolations(page)).toEqual([]);
    expect(faults).toEqual([]);
    await page.close();
  });

  test('searches the whole log by keyboard, from hit to hit, and keeps the search in its address', async () => {
    const { page, faults } = await open();
    await page.locator('.log-box').focus();
    await page.keyboard.press('/');
    await page.keyboard.type('FILE29');
    await page.getByText(/^1 of 11$/).waitFor();
    const [first = 0] = await markedLines(page);
    await page.locator(`#L${first} mark`).first().waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('2 of 11').waitFor();
    await page.locator('.log-box').focus();
    await page.keyboard.press('n');
    await page.getByText('3 of 11').waitFor();
    await page.keyboard.press('Shift+N');
    await page.getByText('2 of 11').waitFor();
    await page.waitForURL(/[?&]find=FILE29(?:&|#|$)/);
    await page.getByRole('button', { name: 'Match case' }).click();
    await page.getByText('no lines').waitFor();
    await page.getByRole('searchbox', { name: 'Search the log' }).fill('file29(');
    await page.getByRole('button', { name: 'Regular expression' }).click();
    await page.getByText(/cannot be searched for: missing closing/).waitFor();
    expect(faults.filter((fault) => !fault.includes('400'))).toEqual([]);
    await page.close();
  });

  test('links addresses of the web only, and shows every color so that it can be read', async () => {
    const { page } = await open('?find=yellow');
    const links = page.locator('.line-text a');
    await links.first().waitFor();
    expect(await links.evaluateAll((all) => all.map((one) => one.outerHTML.replace(/<span.*/s, '')))).toEqual([
      '<a href="https://docs.example.org/a?b=1" target="_blank" rel="noreferrer noopener nofollow">',
    ]);
    const color = await page.evaluate<string>('getComputedStyle(document.querySelector(".tone")).color');
    expect(color).not.toBe('rgb(255, 255, 0)');
    await page.close();
  });

  test('marks a range of lines with Shift, and wraps long lines without losing the place', async () => {
    const { page } = await open('#L10');
    await page.locator('#L14 .line-number').click({ modifiers: ['Shift'] });
    await page.waitForURL(/#L10-L14$/);
    await expect.poll(() => markedLines(page)).toEqual([10, 11, 12, 13, 14]);
    await page.getByRole('button', { name: 'copy link to lines 10 to 14' }).waitFor();
    await page.getByRole('link', { name: /First error/ }).click();
    await page.getByRole('button', { name: 'wrap' }).click();
    const error = page.locator('.line.marked');
    await expect
      .poll(async () => (await page.locator('.line', { hasText: 'long word' }).boundingBox())?.height)
      .toBeGreaterThan(60);
    const below = () =>
      error.evaluate(
        (one) => one.closest('.log-box')!.getBoundingClientRect().bottom - one.getBoundingClientRect().bottom,
      );
    await expect.poll(below).toBeGreaterThanOrEqual(0);
    const box = page.locator('.log-box');
    await expect.poll(() => box.evaluate((one) => one.scrollWidth - one.clientWidth)).toBe(0);
    await box.evaluate((one) => one.scrollTo(0, one.scrollHeight));
    await page.getByText('Job failed').waitFor();
    await page.close();
  });

  test('reports that a log was cut, with the line', async () => {
    const path = join(lab.data, 'jobs', '1', 'trace.log');
    const whole = await readFile(path);
    await writeFile(path, `${log}\nJob's log exceeded limit of 4000 bytes.\nJob execution will continue\n`);
    const { page } = await open();
    await page
      .getByText(/The log was cut at/)
      .getByRole('link', { name: 'line 305' })
      .click();
    await page.locator('#L305.marked').waitFor();
    await page.close();
    await writeFile(path, whole);
  });

  test('has the words of the status at the commit', async () => {
    const { context } = lab.server.coordinator;
    await expect
      .poll(() => context.ledger.statuses('lab')[0])
      .toMatchObject({
        description: 'unit failed [test]: 1 of 2 tests, `tides`: 2 is not 3',
        url: expect.stringMatching(`^${lab.server.url}/jobs/1#L[0-9]+$`),
      });
  });

  test('lists all tests with their output, and the failed ones first', async () => {
    const { page, faults } = await open();
    await page.getByRole('link', { name: '1 of 2 failed' }).click();
    await page.getByText('tides.c:7: 2 is not 3').waitFor();
    expect(await page.getByText('waves').count()).toBe(0);
    await page.getByRole('button', { name: 'all 2' }).click();
    await page.getByText('waves').click();
    await page.getByText('calm').waitFor();
    expect(await seriousViolations(page)).toEqual([]);
    expect(faults).toEqual([]);
    await page.close();
  });

  test('shows artifacts by folder, and a document among them can do nothing', async () => {
    const { page, faults } = await open();
    await page.getByRole('button', { name: 'artifacts', exact: true }).click();
    await page.getByRole('link', { name: 'out/' }).click();
    await page.getByRole('link', { name: 'deep/' }).click();
    expect(await seriousViolations(page)).toEqual([]);
    expect(faults).toEqual([]);
    const opened = page.context().waitForEvent('page');
    await page.getByRole('link', { name: 'page.html', exact: true }).click();
    const report = await opened;
    const loaded: string[] = [];
    report.on('response', (response) => loaded.push(response.url()));
    await report.getByRole('heading', { name: 'Report' }).waitFor();
    expect(await report.title()).toBe('');
    expect(await report.evaluate<string>('origin')).toBe('null');
    expect(loaded.filter((url) => !url.endsWith('page.html'))).toEqual([]);
    await page.close();
  });
});
