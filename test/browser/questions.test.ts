import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { findPart } from '../support/part.ts';
import { openBrowser, type Browser } from './browser.ts';
import { playDemo, type PlayedDemo } from './played-demo.ts';
import { requestRow } from './request-row.ts';
import { stackName } from './served-demo.ts';

const chromium = findPart('chromium');
const LONG = 600_000;

describe.skipIf(chromium === undefined)('a maintainer with a question', () => {
  let demo: PlayedDemo;
  let browser: Browser;

  beforeAll(async () => {
    demo = await playDemo({ isSettled: true });
    browser = await openBrowser(chromium as string);
    await changeFft(demo, browser);
  });
  afterAll(async () => {
    await browser?.close();
    await demo?.close();
  });

  test('sees why a package is rebuilt two clicks from the first page', async () => {
    const person = await arrive('/');
    await person.click(requestRow(person.page, 'Change the transform').getByRole('link'));
    await person.click(person.page.locator('.change').getByRole('link', { name: /^tides@/ }));
    await person.page
      .locator('.why')
      .getByText(/tides.*fft/)
      .waitFor();
    expect(person.clicks()).toBe(2);
    await person.leave();
  });

  test('sees the failing line of the compiler after one click, and stands at it in the log after two', async () => {
    const person = await arrive('/');
    await person.click(requestRow(person.page, 'Print the phases of the moon').getByRole('link'));
    await person.page
      .locator('.failures')
      .getByText(/moon\.c:\d+:\d+: error:/)
      .first()
      .waitFor();
    await person.click(person.page.locator('.failures').getByRole('link', { name: /^moon@1.0.*line \d+/ }));
    await person.page
      .locator('.line.marked')
      .getByText(/moon\.c:\d+:\d+: .*error:/)
      .waitFor();
    expect(person.clicks()).toBe(2);
    await person.leave();
  });

  test('gets from a package to an image that contains it in one', async () => {
    const person = await arrive(`/stacks/${stackName}/packages/${demo.package}`);
    await person.click(person.page.getByRole('link', { name: `${stackName}:1`, exact: true }));
    await person.page.getByRole('heading', { level: 1, name: `${stackName}:1` }).waitFor();
    await person.page.getByRole('link', { name: /^moon@1.0/ }).waitFor();
    expect(person.clicks()).toBe(1);
    await person.leave();
  });

  test('gets from the first page to what an image changed in two', async () => {
    const person = await arrive('/');
    await person.click(person.page.getByRole('link', { name: `${stackName}:latest` }).first());
    await person.click(person.page.getByRole('link', { name: 'What changed since' }));
    await person.page.getByRole('heading', { level: 1, name: 'Difference of images' }).waitFor();
    const { page } = person;
    await page.getByRole('rowheader', { name: 'fft' }).waitFor();
    expect(await page.getByRole('rowheader', { name: 'c-runtime' }).count()).toBe(0);
    expect(person.clicks()).toBe(2);
    await person.leave();
  });

  /** Opens a page as a person does who clicks on what is there. */
  async function arrive(path: string): Promise<Person> {
    const { page, faults } = await browser.open(demo.url + path);
    let clicks = 0;
    return {
      page,
      click: async (target) => {
        await target.click({ timeout: LONG });
        clicks += 1;
      },
      clicks: () => clicks,
      leave: async () => {
        expect(faults).toEqual([]);
        await page.close();
      },
    };
  }
});

interface Person {
  readonly page: Page;
  click(target: Locator): Promise<void>;
  clicks(): number;
  leave(): Promise<void>;
}

/** A pull request that changes one package of the image and what depends on it; merged, so that `latest` moves. */
async function changeFft({ repository, url }: PlayedDemo, browser: Browser): Promise<void> {
  await repository.git('checkout', '--quiet', '-b', 'change-fft', 'main');
  const source = join(repository.work, 'src/fft/fft.c');
  await writeFile(source, `${await readFile(source, 'utf8')}// changed\n`);
  await repository.commitAndPush('change-fft', 'Change the transform');
  const { page } = await browser.open(`${url}/stacks/${stackName}`);
  const request = requestRow(page, 'Change the transform');
  await request.locator('.status.success').waitFor({ timeout: LONG });
  await repository.merge('change-fft');
  const images = async (): Promise<number> => {
    const answer = await fetch(`${url}/api/v1/stacks/${stackName}/images?tag=latest`);
    const { images: found } = (await answer.json()) as { images: { state: string }[] };
    return found.filter(({ state }) => state === 'published').length;
  };
  await vi.waitFor(async () => expect(await images()).toBe(2), { timeout: LONG });
  await page.close();
}
