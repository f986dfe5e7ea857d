import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findPart } from '../support/part.ts';
import { openBrowser, type Browser } from './browser.ts';
import { serveDemo, type ServedDemo } from './served-demo.ts';

const chromium = findPart('chromium');
const LONG = 600_000;
const SIZE = 50_000_000;

const markup = [
  '<script>window.harmed = 1</script>',
  '<img src=x onerror="window.harmed = 2">',
  '</div></main><iframe srcdoc="<script>parent.harmed = 3</script>"></iframe>',
  '\u001B]8;;javascript:window.harmed=4\u001B\\click me\u001B]8;;\u001B\\',
  '\u001B[31m<b>red</b>\u001B[0m &lt;kept&gt; {{constructor}}',
];

/** Job 1 ran in truth; its log is replaced by a hostile one. */
async function writeHostileLog(folder: string): Promise<{ lines: number; millionAt: number }> {
  const head = Buffer.concat([
    ...markup.map((line) => Buffer.from(`${line}\n`)),
    Buffer.from([0xc3, 0x28, 0xff, 0xfe, 0xed, 0xa0, 0x80, 0x00, 0x08, 10]),
    Buffer.from(`${'m'.repeat(1_000_000)}END\n`),
  ]);
  const calls = Array.from({ length: 1000 }, (_, index) => `gcc -O2 -c file${index}.c -o file${index}.o\n`).join('');
  const filler = Buffer.from(calls.repeat(Math.ceil(SIZE / calls.length)));
  const bytes = Buffer.concat([head, filler, Buffer.from('x.c:1:1: error: the last line\n')]);
  await writeFile(join(folder, 'data', 'jobs', '1', 'trace.log'), bytes);
  return { lines: countLines(bytes), millionAt: countLines(head) };
}

function countLines(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines += 1;
  return lines;
}

describe.skipIf(chromium === undefined)('a hostile log of 50 MB', () => {
  let demo: ServedDemo;
  let browser: Browser;
  let log: { lines: number; millionAt: number };

  beforeAll(async () => {
    demo = await serveDemo();
    await demo.start();
    await demo.bringStack();
    await demo.repository.commitAndPush('main', 'Bring the stack');
    await jobEnded(demo.url);
    log = await writeHostileLog(demo.folder);
    browser = await openBrowser(chromium as string);
  });
  afterAll(async () => {
    await browser?.close();
    await demo?.close();
  });

  test('is text on the page, and does nothing', async () => {
    const { page, faults } = await browser.open(`${demo.url}/jobs/1`);
    await page
      .locator('#L1')
      .getByText(markup[0] as string, { exact: true })
      .waitFor({ timeout: LONG });
    await page.locator('#L5').getByText('<b>red</b>').waitFor();
    expect(await page.locator('#L4').textContent()).toContain('click me');
    expect(await page.locator('#L6 .line-text').textContent()).toBe('\uFFFD(\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD');
    expect(
      await page.evaluate(
        '[window.harmed, document.querySelectorAll(".log iframe, .log img, .log script, .log b").length]',
      ),
    ).toEqual([undefined, 0]);
    expect(faults).toEqual([]);
    await page.close();
  });

  test('is reached to its last line, while only what is in view exists', async () => {
    const { page, faults } = await browser.open(`${demo.url}/jobs/1#L${log.lines}`);
    await page.locator(`#L${log.lines}`).getByText('error: the last line').waitFor({ timeout: LONG });
    expect(await page.locator('.line').count()).toBeLessThan(200);
    await page.getByRole('link', { name: `First error: line ${log.lines}` }).waitFor();
    await page.evaluate('document.querySelector(".log-box").scrollTop = 0');
    await page.locator('#L1 .line-text').waitFor();
    await page.evaluate(
      'document.querySelector(".log-box").scrollTop = document.querySelector(".log-box").scrollHeight / 2',
    );
    await page.locator('.line-text:not(.faint)').first().waitFor({ timeout: LONG });
    expect(await page.locator('.line').count()).toBeLessThan(200);
    expect(faults).toEqual([]);
    await page.close();
  });

  test('shows a line of a million characters in part, and more of it on demand', async () => {
    const { page, faults } = await browser.open(`${demo.url}/jobs/1`);
    const line = page.locator(`#L${log.millionAt}`);
    await line.getByText('show all 1,000,003 bytes').waitFor({ timeout: LONG });
    expect((await line.locator('.line-text').textContent())?.length).toBe(2000);
    await line.getByRole('button').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('65,536 of 1,000,003 bytes').waitFor();
    await dialog.getByRole('button', { name: 'show 64 KiB more' }).click();
    await expect.poll(async () => (await dialog.locator('pre').textContent())?.length, { timeout: LONG }).toBe(131_072);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(faults).toEqual([]);
    await page.close();
  });
});

async function jobEnded(url: string): Promise<void> {
  for (;;) {
    const response = await fetch(`${url}/api/v1/jobs/1`);
    if (response.ok && ((await response.json()) as { job: { status: string } }).job.status === 'success') return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
