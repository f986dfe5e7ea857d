import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { servedDifferences } from '../conformance/served-differences.ts';
import { readConformanceCases } from '../support/conformance-case.ts';
import { differences } from '../support/conformance-differences.ts';
import { serveCases, type CaseServer } from '../support/conformance-served.ts';

/** Cases per server. All pipelines of a server start together, which delays the first result. */
const SHARE = 42;

const cases = readConformanceCases(fileURLToPath(new URL('../conformance', import.meta.url)));
const running = cases.flatMap((one) => (one.run === undefined ? [] : [{ ...one, run: one.run }]));
const shares = Array.from({ length: Math.ceil(running.length / SHARE) }, (_, index) =>
  running.slice(index * SHARE, (index + 1) * SHARE),
);

test('every listed difference belongs to a case that runs', () => {
  const names = new Set(running.map(({ name }) => name));
  expect(Object.keys(servedDifferences).filter((name) => !names.has(name))).toEqual([]);
});

describe.each(shares.map((share, index) => ({ share, index })))(
  'a served pipeline runs as GitLab runs it, except for the listed differences (server $index):',
  ({ share }) => {
    let server: CaseServer;
    beforeAll(async () => {
      server = await serveCases(share);
    });
    afterAll(() => server.close());

    test.concurrent.each(share.map(({ name, run }) => [name, run] as const))('%s', async (name, run) => {
      const found = differences(run, await server.result(name));
      expect(found).toEqual(servedDifferences[name]?.differences ?? []);
    });
  },
);
