import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { costOfPage, figuresOf, pageLimits, type PageBench, type PageLab } from './page-lab.ts';

const BYTES = 100_000_000;
/** The run of the large pipeline's first job. */
const JOB = '1';
const ERROR = 'x.c:1:1: error: the last line';

/** A log of 100 MB, opened at its last error without being loaded. */
export const log: PageBench = {
  measure: async (lab) => {
    writeLog(lab);
    let shownMs = 0;
    const cost = await costOfPage(lab, `/jobs/${JOB}#first-error`, async (page) => {
      const begin = performance.now();
      await page.locator('.line.marked').getByText(ERROR).waitFor();
      shownMs = performance.now() - begin;
    });
    return { ...figuresOf('log', cost), logShownMs: shownMs };
  },
  limits: pageLimits('log'),
};

function writeLog({ served }: PageLab): void {
  const folder = served.server.folder.job(JOB);
  const path = join(folder, 'trace.log');
  if (existsSync(path)) return;
  const calls = Array.from({ length: 1000 }, (_, index) => `gcc -O2 -c file${index}.c -o file${index}.o\n`).join('');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, `${calls.repeat(Math.ceil(BYTES / calls.length))}${ERROR}\n`);
}
