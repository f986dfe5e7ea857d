import { setTimeout as sleep } from 'node:timers/promises';
import { costOfPage, figuresOf, pageLimits, type PageBench } from './page-lab.ts';

const EVENTS = 4000;
const SECONDS = 10;
/** Milliseconds between two groups of events. */
const PACE = 50;

/** 4,000 events of jobs in ten seconds while the list of the pipeline is open. */
export const events: PageBench = {
  measure: async (lab) => {
    const cost = await costOfPage(lab, `/pipelines/${lab.large.id}?tab=list`, async (page) => {
      await page.locator('.connection.live').waitFor();
      await page.locator('.jobs [role=row]').nth(5).waitFor();
      const begin = performance.now();
      for (let done = 0; done < EVENTS;) {
        const due = Math.min(EVENTS, (performance.now() - begin) * (EVENTS / SECONDS / 1000));
        for (; done < due; done += 1) lab.large.step();
        await sleep(PACE);
      }
    });
    return figuresOf('events', cost);
  },
  limits: pageLimits('events'),
};
