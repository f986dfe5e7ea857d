import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStoredTokens } from '../../src/server/index.ts';
import { findPart } from '../support/part.ts';
import { serveStack, stackName, type ServedStack } from '../support/served-stack.ts';
import { seriousViolations } from './accessibility.ts';
import { openBrowser, type Browser } from './browser.ts';

const chromium = findPart('chromium');

describe.skipIf(chromium === undefined)('an administrator', () => {
  let served: ServedStack;
  let browser: Browser;
  beforeAll(async () => {
    served = await serveStack({ stack: { events: { pushes: false, pullRequests: false } } });
    browser = await openBrowser(chromium as string);
  });
  afterAll(async () => {
    await browser?.close();
    await served?.close();
  });

  test('creates a runner, sees its token once, and edits, pauses, rotates and removes it by keyboard', async () => {
    const { configuration, fleet, runners } = served.server.coordinator.context;
    const stored = await openStoredTokens(configuration.data);
    const request = { name: 'root', scope: 'admin', stacks: ['*'], days: 1 } as const;
    const { token: access } = stored.create({ ...request, stacks: ['*'] });
    stored.close();
    const { page, faults } = await browser.open(`${served.server.url}/sign-in`);
    await page.locator('main').getByLabel('Access token').fill(access);
    await page.locator('main').getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(`${served.server.url}/`);
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    await page.goto(`${served.server.url}/runners`);
    const dialog = page.getByRole('dialog');
    const press = async (name: string) => {
      await page.getByRole('button', { name, exact: true }).press('Enter');
    };

    await press('Create a runner');
    await dialog.getByLabel('Name').fill('north');
    await dialog.getByLabel('Tags, with spaces between them').fill('arm large');
    await dialog.getByLabel('Take jobs without tags').uncheck();
    expect(await dialog.getByLabel('Stacks').inputValue()).toBe('*');
    expect(await seriousViolations(page, ['target-size'])).toEqual([]);
    await dialog.getByLabel('Name').press('Enter');
    const token = await dialog.locator('code').first().textContent();
    expect(runners.authenticate(token ?? '')).toMatchObject({
      name: 'north',
      tags: ['arm', 'large'],
      runUntagged: false,
    });
    expect(await seriousViolations(page, ['target-size'])).toEqual([]);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });

    await press('Edit north');
    await dialog.getByLabel('Tags, with spaces between them').fill('');
    await dialog.getByRole('button', { name: 'Save' }).press('Enter');
    await dialog.getByText('would take no job').waitFor();
    await dialog.getByLabel('Take jobs without tags').check();
    await dialog.getByLabel('Maximum timeout').fill('3600');
    await dialog.getByLabel('Cores of one of its jobs').fill('2.5');
    await dialog.getByLabel('may be promoted').press('Space');
    await dialog.getByRole('button', { name: 'Save' }).press('Enter');
    await dialog.getByText('does not isolate its jobs').waitFor();
    await dialog.getByLabel('Isolates each job').press('Space');
    await dialog.getByLabel('Stacks').fill('labb');
    await dialog.getByRole('button', { name: 'Save' }).press('Enter');
    await dialog.getByText('no stack `labb`').waitFor();
    await dialog.getByLabel('Stacks').fill(stackName);
    await dialog.getByRole('button', { name: 'Save' }).press('Enter');
    await page.getByText('3600 seconds').waitFor();
    const edited = { tags: [], stacks: [stackName], trusted: true, untrusted: true, cores: 2.5, maximumTimeout: 3600 };
    expect(runners.named('north')).toMatchObject(edited);
    await expect.poll(() => page.evaluate('document.activeElement.textContent')).toBe('Edit');

    await press('Pause north');
    await page.getByText('It is paused, and gets no more jobs').waitFor();
    await press('Resume north');
    await page.getByRole('button', { name: 'Pause north' }).waitFor();

    await press('New token north');
    await dialog.getByLabel('Refuse the old token at once').check();
    await press('Create a new token');
    await dialog.getByText('it is not shown again').waitFor();
    expect(runners.authenticate(token ?? '')).toBeUndefined();
    await press('Close');

    await press('Remove north');
    await press('Remove');
    await page.getByRole('heading', { name: 'north', exact: true }).waitFor({ state: 'detached' });
    expect(fleet.runners()).toEqual([]);
    expect(faults).toEqual(['400', '422', '404'].map((status) => expect.stringContaining(status)));
  });

  test('sees on the first page, the queue and the runners that the server drains', async () => {
    const { url, coordinator } = served.server;
    await coordinator.context.drain.run(AbortSignal.abort());
    const { page, faults } = await browser.open(`${url}/`);
    await page.getByText('The server is draining').waitFor({ timeout: 60_000 });
    for (const path of ['/queue', '/runners']) {
      await page.goto(url + path);
      await page.getByRole('status').getByText('it assigns no more jobs, and stops when the 0 running jobs').waitFor();
      expect(await seriousViolations(page, ['target-size'])).toEqual([]);
    }
    expect(faults).toEqual([]);
  });
});
