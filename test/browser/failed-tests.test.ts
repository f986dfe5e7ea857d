import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { forkLab, type ForkLab } from '../support/fork-lab.ts';
import { findPart } from '../support/part.ts';
import { seriousViolations } from './accessibility.ts';
import { openBrowser, type Browser } from './browser.ts';

const chromium = findPart('chromium');

const pipeline = `
unit:
  script: ['cp tests.xml report.xml', 'exit 3']
  artifacts: { when: always, reports: { junit: report.xml } }
`;
const report = `<testsuites><testsuite name="sea">
  <testcase name="waves"/>
  <testcase name="tides"><failure message="2 is not 3"/></testcase>
</testsuite></testsuites>
`;

describe.skipIf(chromium === undefined)('the page of a job with tests', () => {
  let lab: ForkLab;
  let browser: Browser;
  beforeAll(async () => {
    lab = await forkLab({ events: { pushes: false, pullRequests: false } });
    await lab.remote.commit('refs/heads/main', { '.gitlab-ci.yml': pipeline, 'tests.xml': report });
    browser = await openBrowser(chromium as string);
  });
  afterAll(async () => {
    await browser?.close();
    await lab?.close();
  });

  test('shows how many failed, which and why, and how to run the job elsewhere; so does the status', async () => {
    const { id = '' } = (await lab.post('trigger', { ref: 'main' })).body;
    const { context } = lab.server.coordinator;
    await lab.until(() => context.pipelines.state(id).status === 'failed');
    const { page, faults } = await browser.open(`${lab.server.url}/jobs/1`);
    await page.getByText('1 of 2 failed').waitFor();
    await page.getByText('One test failed').click();
    await page.getByText('2 is not 3').waitFor();
    await page.getByText(`slipway reproduce 1 --url ${lab.server.url}`, { exact: true }).waitFor();
    expect(await seriousViolations(page)).toEqual([]);
    expect(faults).toEqual([]);
    await page.close();
    const [status] = context.ledger.statuses(context.pipelines.record(id)?.stack ?? '');
    expect(status).toMatchObject({
      description: 'unit failed [test]: 1 of 2 tests, `tides`: 2 is not 3',
      url: expect.stringMatching(`^${lab.server.url}/jobs/1(?:#L[0-9]+)?$`),
    });
  });
});
