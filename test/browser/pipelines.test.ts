import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { isPlainText } from '../../src/kit/index.ts';
import { forkLab, labToken, type ForkLab } from '../support/fork-lab.ts';
import { hostileName, randomFrom } from '../support/hostile-names.ts';
import { findPart } from '../support/part.ts';
import { seriousViolations } from './accessibility.ts';
import { openBrowser, type Browser } from './browser.ts';
import { signIn } from './sign-in.ts';

const chromium = findPart('chromium');

describe.skipIf(chromium === undefined)('the page of a pipeline', () => {
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

  test('distinguishes allowed failures from failed jobs, and a running time from one that ended', async () => {
    const id = await start(
      'soft: { script: exit 1, allow_failure: true }\nhard: { script: exit 1 }\nlong: { script: sleep 600 }\n',
    );
    const { page, faults } = await browser.open(`${lab.server.url}/pipelines/${id}`);
    await page.locator('.node.warning').getByText('soft').waitFor();
    await page.locator('.node.failed').getByText('hard').waitFor();
    await page.getByText('1 failed (allowed to fail)').waitFor();
    await page.locator('.failures').getByRole('heading', { name: 'hard failed: exit code 1; still running' }).waitFor();
    await expect.poll(() => page.locator('.failures li').count()).toBe(1);
    await page.getByText('running for').waitFor();
    expect(await seriousViolations(page)).toEqual([]);
    await page.getByRole('button', { name: 'list', exact: true }).click();
    await page.locator('.jobs .status.warning').getByText('failed (allowed to fail)').waitFor();
    await page.locator('.jobs').getByRole('link', { name: 'soft', exact: true }).click();
    await page.getByText('yes: the pipeline continues').waitFor();
    expect(await seriousViolations(page)).toEqual([]);
    await page.goBack();
    await page.getByRole('button', { name: `Cancel pipeline ${id}` }).click();
    await page.locator('.actions').getByLabel('Access token').fill(labToken);
    await page.locator('.actions .question button[type=submit]').click();
    await page.getByText('took', { exact: true }).waitFor();
    expect(faults).toEqual([]);
    await page.close();
  });

  test('lays out a graph beside the page’s own thread, and lists many jobs without an element for each', async () => {
    const many = (jobs: number) => `many: { script: x, when: manual, parallel: ${jobs} }\n`;
    const id = await start(`${many(150)}py-setuptools-scm@8.0.4: { script: x, when: manual, needs: [] }\n`);
    const { page, faults } = await browser.open(`${lab.server.url}/stacks/lab`);
    const worker = page.waitForEvent('worker');
    await page.goto(`${lab.server.url}/pipelines/${id}`);
    expect((await worker).url()).toContain('/assets/layout-worker-');
    await page.getByRole('searchbox', { name: 'Find a job' }).fill('PY-');
    await page.keyboard.press('Enter');
    await page.locator('.node').getByText('py-setuptools-scm@8.0.4').waitFor();
    const cut = 'name.scrollWidth > name.clientWidth';
    const cutNames = () =>
      page.evaluate(`[...document.querySelectorAll('.node-name')].filter((name) => ${cut}).length`);
    await expect.poll(cutNames).toBe(0);
    const large = await start([1, 2, 3, 4].map((one) => many(200).replace('many', `many${one}`)).join(''));
    await page.goto(`${lab.server.url}/pipelines/${large}`);
    await page.getByRole('row', { name: /many1 1\/200/ }).waitFor();
    await page.getByRole('link', { name: 'many1 1/200' }).focus();
    await page.keyboard.press('End');
    await page.getByRole('row', { name: /many4 200\/200/ }).waitFor();
    expect(await page.locator('.virtual-body > [role=row]').count()).toBeLessThan(100);
    expect(faults).toEqual([]);
    await page.close();
  });

  test('shows the names of jobs as they were written, whatever they contain', async () => {
    const random = randomFrom(12);
    const drawn = Array.from({ length: 200 }, () => hostileName(random));
    // The server refuses what is not plain text or is long, and `__proto__`; names with a dot in front are of templates.
    const accepted = /^(?!__proto__$)[^. ].{0,60}[^ ]$/u;
    const names = [...new Set(drawn)].filter((name) => isPlainText(name) && accepted.test(name));
    expect(names.filter((name) => name.includes('<')).length).toBeGreaterThan(1);
    const id = await start(names.map((name) => `${JSON.stringify(name)}: { script: x, when: manual }\n`).join(''));
    const { page, faults } = await browser.open(`${lab.server.url}/pipelines/${id}?tab=list`);
    onTestFinished(() => page.close());
    const links = page.locator('.virtual-body .cell-name a');
    for (const name of names) {
      await page.getByRole('searchbox', { name: /^Search jobs/ }).fill(name);
      await expect.poll(() => links.allTextContents(), { message: name }).toContain(name);
    }
    expect(await page.evaluate('document.querySelectorAll("main script, main img").length')).toBe(0);
    expect(faults).toEqual([]);
  });

  test('shows a change without a pipeline with its whole reason, on the start page and in the list', async () => {
    const sha = await lab.remote.commit('refs/heads/main', { '.gitlab-ci.yml': 'broken: { script: [}\n' });
    lab.server.wake('lab');
    const status = await lab.until(() => lab.status(sha));
    const reason = status.replace(/^error: /, '');
    const { page, faults } = await browser.open(lab.server.url);
    await page.locator('.row-refusal').getByText(reason).waitFor();
    expect(await seriousViolations(page)).toEqual([]);
    await page.goto(`${lab.server.url}/stacks/lab`);
    const row = page.locator('table').getByRole('row', { name: 'not created' });
    await row.getByText('main').waitFor();
    await page.getByRole('cell', { name: reason }).waitFor();
    expect(await seriousViolations(page)).toEqual([]);
    expect(faults).toEqual([]);
    await page.close();
  });

  test('says in the pipeline above why a child pipeline could not be created', async () => {
    const sha = await lab.remote.commit('refs/heads/main', {
      '.gitlab-ci.yml': 'child: { trigger: { include: child.yml } }\n',
      'child.yml': 'broken: { script: 7, extends: nothing }\n',
    });
    lab.server.wake('lab');
    const { id } = await lab.finished(sha);
    const { page, faults } = await browser.open(`${lab.server.url}/pipelines/${id}`);
    await page.locator('.failures').getByText('child.yml').waitFor();
    expect(faults).toEqual([]);
    await page.close();
  });

  test('keeps what was written into a form when the server refuses it', async () => {
    const id = await start('hand: { script: echo, when: manual }\n');
    // The first test has signed in.
    await browser.context.clearCookies();
    const { page } = await browser.open(`${lab.server.url}/pipelines/${id}`);
    await signIn(page, labToken);
    await page.getByRole('button', { name: 'Play hand' }).first().click();
    const variables = page.getByLabel('Variables, one NAME=value per line');
    await variables.fill('WHO=me\nCI_COMMIT_SHA=mine');
    await page.locator('.question').getByRole('button', { name: 'Play hand' }).click();
    await page.getByRole('alert').waitFor();
    expect(await variables.inputValue()).toBe('WHO=me\nCI_COMMIT_SHA=mine');
    await page.close();
  });
});
