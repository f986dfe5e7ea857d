import type { Page } from 'playwright-core';
import type { PlayedDemo } from './played-demo.ts';
import { stackName } from './served-demo.ts';
import { waitForContent } from './wait-for-content.ts';

interface ShownPage {
  /** The name of its pictures and of its snapshot. */
  readonly name: string;
  readonly path: (demo: PlayedDemo) => string;
  /** A selector of what is on the page once it is complete. */
  readonly ready?: string;
  /** Its text depends on how long jobs took, so that its tree is not compared. */
  readonly isTimed?: true;
}

/** Every page of the dashboard, as the played demo shows it. Tests and screenshots go through this list. */
export const pages: readonly ShownPage[] = [
  { name: 'stacks', path: () => '/', ready: '.row-link' },
  { name: 'stack', path: () => `/stacks/${stackName}`, ready: 'tbody tr' },
  { name: 'packages', path: () => `/stacks/${stackName}/packages`, ready: '.virtual-body .virtual-row' },
  { name: 'package', path: ({ package: hash }) => `/stacks/${stackName}/packages/${hash}`, ready: '#builds' },
  {
    name: 'package-files',
    path: ({ package: hash }) => `/stacks/${stackName}/packages/${hash}?tab=files`,
    ready: '.virtual-body .virtual-row',
  },
  { name: 'request', path: () => `/stacks/${stackName}/requests/2`, ready: '#plan' },
  { name: 'pipeline', path: () => '/pipelines/3', ready: '.change' },
  { name: 'pipeline-list', path: () => '/pipelines/3?tab=list', ready: '.jobs' },
  { name: 'pipeline-timeline', path: () => '/pipelines/3?tab=timeline', ready: '.bar-label', isTimed: true },
  { name: 'failed-pipeline', path: () => '/pipelines/5', ready: '.failures' },
  {
    name: 'failed-job',
    path: ({ failedJob }) => `/jobs/${failedJob}#first-error`,
    ready: '.line.marked .line-text:not(.faint)',
    isTimed: true,
  },
  { name: 'job-artifacts', path: () => '/jobs/1?tab=artifacts', ready: '.artifacts tbody tr' },
  {
    name: 'compare',
    path: () => `/stacks/${stackName}/compare?from=main&to=pull/2`,
    ready: '.differences [aria-rowindex="2"]',
  },
  { name: 'images', path: () => `/stacks/${stackName}/images`, ready: '.virtual-body .virtual-row' },
  { name: 'image', path: () => '/images/1', ready: 'section:has(#records) .copyable' },
  { name: 'image-difference', path: () => '/images/2/diff/1', ready: 'main h2' },
  { name: 'settings', path: () => '/settings', ready: '.settings h3' },
  { name: 'sign-in', path: () => '/sign-in' },
  { name: 'runners', path: () => '/runners', ready: '.runner-card' },
  { name: 'queue', path: () => '/queue', ready: '.queue-columns' },
  { name: 'trends', path: () => '/trends', ready: '.day-chart canvas', isTimed: true },
  { name: 'trends-table', path: () => '/trends?days=7&view=table', ready: 'tbody tr', isTimed: true },
  { name: 'activity', path: () => '/activity?action=registry.*', ready: '.records li' },
  { name: 'not-found', path: () => `/stacks/${stackName}/nothing` },
];

/** Opens a page, and waits until all of it is shown. */
export async function showPage(page: Page, { url, shown }: { url: string; shown: ShownPage }): Promise<void> {
  await page.goto(url, { waitUntil: 'networkidle' });
  await waitForContent(page);
  if (shown.ready !== undefined) await page.locator(shown.ready).first().waitFor();
  await waitForContent(page);
}
