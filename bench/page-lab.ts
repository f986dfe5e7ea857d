import { existsSync } from 'node:fs';
import type { CDPSession, Page } from 'playwright-core';
import { openBrowser, type Browser } from '../test/browser/browser.ts';
import { createLargePipeline, type LargePipeline } from '../test/support/large-pipeline.ts';
import { serveStack, type ServedStack } from '../test/support/served-stack.ts';
import type { Limit } from './report.ts';

/** Milliseconds after which a page that does not show what a bench waits for fails it. */
const PATIENCE_MS = 30_000;
/** Packages of the large pipeline that are built when a bench begins. */
const BUILT = 900;

export interface PageLab {
  readonly browser: Browser;
  readonly served: ServedStack;
  readonly large: LargePipeline;
}

/** One part of `npm run bench -- page`. It runs several times, and the least of each figure counts. */
export interface PageBench {
  readonly measure: (lab: PageLab) => Promise<Readonly<Record<string, number>>>;
  readonly limits: Readonly<Record<string, Limit>>;
}

/** A server in this process with a pipeline of thousands of jobs, and a browser. */
export async function openPageLab(chromium: string): Promise<PageLab & { close(): Promise<void> }> {
  // The bench is about the page and the server, so the data is kept in memory where that is possible.
  if (existsSync('/dev/shm')) process.env['TMPDIR'] = '/dev/shm';
  const served = await serveStack();
  const browser = await openBrowser(chromium, { viewport: { width: 1440, height: 900 } });
  browser.context.setDefaultTimeout(PATIENCE_MS);
  return {
    browser,
    served,
    large: createLargePipeline(served.server.coordinator.context, BUILT),
    close: async () => {
      await browser.close();
      await served.close();
    },
  };
}

export interface PageCost {
  /** The longest task of the page's own thread, from the request for the page on, by the browser's trace. */
  readonly longestTaskMs: number;
  /** The most CPU time of one task, which other work on the machine hardly changes. */
  readonly taskCpuMs: number;
  /** All nodes of the document at the end: elements, texts and others. */
  readonly nodes: number;
  /** Used heap at the end, after a garbage collection. */
  readonly heapBytes: number;
}

/** The figures of a cost, each with the name of its bench before it: `listTaskMs`. */
export function figuresOf(name: string, cost: PageCost): Readonly<Record<string, number>> {
  return {
    [`${name}TaskMs`]: cost.longestTaskMs,
    [`${name}TaskCpuMs`]: cost.taskCpuMs,
    [`${name}Nodes`]: cost.nodes,
    [`${name}HeapBytes`]: cost.heapBytes,
  };
}

/** What every page keeps to: no long task, few nodes, a small heap. */
export function pageLimits(name: string): PageBench['limits'] {
  return { [`${name}TaskMs`]: { most: 100 }, [`${name}Nodes`]: { most: 3000 }, [`${name}HeapBytes`]: { most: 100e6 } };
}

/** Opens a page of the server, does there what `act` does, and returns what that cost the page. */
export async function costOfPage(
  { browser, served }: PageLab,
  path: string,
  act: (page: Page) => Promise<void>,
): Promise<PageCost> {
  const page = await browser.context.newPage();
  const session = await browser.context.newCDPSession(page);
  try {
    const stop = await traceTasks(session);
    await page.goto(served.server.url + path);
    await act(page);
    const tasks = await stop();
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    const nodes = await page.evaluate<number>('document.evaluate("count(//node())", document).numberValue');
    return { ...tasks, nodes, heapBytes: usedSize };
  } finally {
    await page.close();
  }
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds. */
  readonly dur?: number;
  /** Of CPU. */
  readonly tdur?: number;
  readonly args: { readonly name?: string };
}

type Tasks = Pick<PageCost, 'longestTaskMs' | 'taskCpuMs'>;

/** Starts a trace of the page's process. The function that it returns ends it, and gives its longest tasks. */
async function traceTasks(session: CDPSession): Promise<() => Promise<Tasks>> {
  const events: TraceEvent[] = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['disabled-by-default-devtools.timeline', '__metadata'] },
  });
  return async () => {
    const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
    await session.send('Tracing.end');
    await complete;
    const main = new Set(
      events
        .filter(({ ph, name, args }) => ph === 'M' && name === 'thread_name' && args.name === 'CrRendererMain')
        .map(({ pid, tid }) => `${pid} ${tid}`),
    );
    const tasks = events.filter(({ name, pid, tid }) => name === 'RunTask' && main.has(`${pid} ${tid}`));
    if (tasks.length === 0) throw new Error('the trace holds no task of a page');
    const most = (values: readonly (number | undefined)[]) => Math.max(...values.map((value = 0) => value / 1000));
    return { longestTaskMs: most(tasks.map(({ dur }) => dur)), taskCpuMs: most(tasks.map(({ tdur }) => tdur)) };
  };
}
