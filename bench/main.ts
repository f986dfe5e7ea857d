import { breaches, formatReport, type BenchOptions, type BenchReport } from './report.ts';

/** `npm run bench -- NAME [--quick] [--json]`: one bench a file, loaded when it is asked for. */
const benches: Readonly<Record<string, () => Promise<(options: BenchOptions) => Promise<BenchReport>>>> = {
  build: async () => (await import('./build.ts')).build,
  bytes: async () => (await import('./bytes.ts')).bytes,
  engine: async () => (await import('./engine.ts')).engine,
  gitlab: async () => (await import('./gitlab.ts')).gitlab,
  image: async () => (await import('./image.ts')).image,
  'image-year': async () => async () => ({ skipped: [], ...(await (await import('./image-year.ts')).imageYear()) }),
  lock: async () => (await import('./lock.ts')).lock,
  mirror: async () => (await import('./mirror.ts')).mirror,
  page: async () => (await import('./page.ts')).page,
  queue: async () => (await import('./queue.ts')).queue,
  sandbox: async () => (await import('./sandbox.ts')).sandbox,
  schedule: async () => (await import('./schedule.ts')).schedule,
  size: async () => (await import('./size.ts')).size,
  spack: async () => (await import('./spack.ts')).spack,
  start: async () => (await import('./start.ts')).start,
  webhooks: async () => (await import('./webhooks.ts')).webhooks,
};

const words = process.argv.slice(2);
const name = words.find((word) => !word.startsWith('-')) ?? '';
const load = benches[name];

if (load === undefined) {
  console.error(`usage: npm run bench -- NAME [--quick] [--json]\nbenches: ${Object.keys(benches).join(', ')}`);
  process.exitCode = 2;
} else {
  const report = await (await load())({ isQuick: words.includes('--quick') });
  const found = breaches(report);
  for (const line of formatReport(name, report)) console.log(line);
  for (const breach of found) console.error(`beyond its limit: ${breach}`);
  if (words.includes('--json')) console.log(JSON.stringify({ bench: name, ...report }));
  process.exitCode = found.length > 0 ? 1 : 0;
}
