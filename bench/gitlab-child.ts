import { load } from 'js-yaml';
import { readPipeline } from '../src/gitlab/index.ts';
import { multipliedPipeline } from './gitlab-text.ts';

/** Run by `bench/gitlab.ts` in a process of its own, so that the peak of memory is that of one reading. */
const [way = '', size = ''] = process.argv.slice(2);
const { text, jobs } = multipliedPipeline(JSON.parse(size) as { jobs?: number });

const ways: Readonly<Record<string, () => number>> = {
  slipway: () =>
    readPipeline(text, 'pipeline.yml', { variables: {}, source: 'parent_pipeline' }).plan?.jobs.length ?? 0,
  'js-yaml': () => Object.keys(load(text) as object).length,
};

const [wall, cpu] = [performance.now(), process.cpuUsage()];
const count = ways[way]?.() ?? 0;
const { user, system } = process.cpuUsage(cpu);
const wallMs = performance.now() - wall;
if (count < jobs) throw new Error(`${way} read ${count} of ${jobs} jobs`);
const peakBytes = process.resourceUsage().maxRSS * 1024;
console.log(JSON.stringify({ jobs, characters: text.length, wallMs, cpuMs: (user + system) / 1000, peakBytes }));
