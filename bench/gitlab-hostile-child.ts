import { readPipeline } from '../src/gitlab/index.ts';
import { hostilePipelines } from '../test/support/hostile-pipelines.ts';

/** Run by `bench/gitlab.ts` in a process of its own: how long each hostile configuration takes to be refused. */
const wallMs: Record<string, number> = {};
for (const { name, text, context, code } of hostilePipelines) {
  const written = text();
  const settings = { variables: { V: `${'a'.repeat(5000)}b` }, source: 'push', ...context?.() };
  const start = performance.now();
  const { diagnostics } = readPipeline(written, 'ci.yml', settings);
  wallMs[name] = performance.now() - start;
  if (!diagnostics.some((one) => one.code === code)) throw new Error(`${name} was not refused with ${code}`);
}
console.log(JSON.stringify({ wallMs, peakBytes: process.resourceUsage().maxRSS * 1024 }));
