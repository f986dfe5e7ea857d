import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NotificationLedger } from '../../src/notify/index.ts';
import { Database, createNotificationLedger } from '../../src/store/index.ts';
import { httpReceiver, type HttpReceiver } from '../support/http-receiver.ts';
import { findPart } from '../support/part.ts';
import { serveStack, type ServedStack } from '../support/served-stack.ts';
import { seriousViolations } from './accessibility.ts';
import { openBrowser, type Browser } from './browser.ts';
import { signIn } from './sign-in.ts';

const chromium = findPart('chromium');
const TOKEN = 'token-of-the-trigger-9d31';

describe.skipIf(chromium === undefined)('the start page, while a destination of notifications fails', () => {
  let receiver: HttpReceiver;
  let served: ServedStack;
  let browser: Browser;
  let database: Database;
  let ledger: NotificationLedger;
  beforeAll(async () => {
    receiver = await httpReceiver();
    receiver.answer = { status: 503 };
    served = await serveStack({
      stack: {
        triggerToken: { env: 'TOKEN' },
        notifications: [{ name: 'channel', slack: { url: { env: 'HOOK' } }, allowPrivate: true }],
      },
      server: { runners: [{ name: 'embedded', embedded: true, sandbox: 'never' }] },
      env: { TOKEN, HOOK: receiver.url },
    });
    database = new Database(served.server.folder.database);
    ledger = createNotificationLedger(database);
    browser = await openBrowser(chromium as string);
  });
  afterAll(async () => {
    await browser?.close();
    database?.close();
    await served?.close();
    await receiver?.close();
  });

  test('shows since when and why to users who may run pipelines, and to no one else', async () => {
    await served.finalStatus(await served.push('main', { '.gitlab-ci.yml': "only: { script: ['exit 3'] }\n" }));
    await expect.poll(() => ledger.state('channel').problem, { timeout: 180_000 }).toContain('503');
    const { page, faults } = await browser.open(served.server.url);
    await page.locator('#stack-small-stack').waitFor();
    const notice = page
      .locator('.attention')
      .getByRole('listitem')
      .filter({ hasText: 'Notifications to channel fail' });
    const listed = () => page.locator('.attention').getByText('main failed').waitFor();
    // It has failed for a moment only.
    await signIn(page, TOKEN);
    await listed();
    expect(await notice.count()).toBe(0);

    const { attempts, problem = '' } = ledger.state('channel');
    const [failingSince, retryAt] = ['2026-01-02T03:04:05.000Z', '2099-01-01T00:00:00.000Z'];
    ledger.setFailure('channel', { attempts, problem, failingSince, retryAt, isReported: true });
    await page.reload();
    await notice.waitFor();
    const text = await notice.textContent();
    expect(text).toContain('One event is waiting. ');
    expect(text).toContain(problem);
    expect(await notice.locator('time').getAttribute('datetime')).toBe(failingSince);
    expect(await seriousViolations(page)).toEqual([]);

    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('Sign in', { exact: true }).first().waitFor();
    await listed();
    expect(await notice.count()).toBe(0);

    ledger.setFailure('channel', undefined);
    await signIn(page, TOKEN);
    await listed();
    expect(await notice.count()).toBe(0);
    expect(faults).toEqual([]);
    await page.close();
  });
});
