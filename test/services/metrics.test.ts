import { execa, execaSync } from 'execa';
import { expect, test } from 'vitest';
import { openLab } from '../support/coordinator.ts';
import { findPart } from '../support/part.ts';

const python = findPart('python3');
const parser = 'prometheus_client.openmetrics.parser';
const hasParser =
  python !== undefined && execaSync(python, ['-c', `import ${parser}`], { reject: false }).exitCode === 0;
if (python !== undefined && !hasParser)
  process.stderr.write('skipped: there is no Python module `prometheus_client`\n');

/** Prints the names of the metrics. The parser refuses what OpenMetrics does not allow. */
const SCRIPT = `
import sys
from ${parser} import text_string_to_metric_families
for family in text_string_to_metric_families(sys.stdin.read()):
    print(family.name, family.type, len(family.samples))
`;
import { labApp } from '../support/lab-app.ts';

test.skipIf(!hasParser)('metrics are what Prometheus’ own parser takes', async () => {
  const lab = await openLab();
  const app = labApp(lab, {
    wake: () => true,
  });
  const loopback = { listener: 'loopback', incoming: { socket: { remoteAddress: '127.0.0.1' } } };
  await lab.happens(lab.push('main').event);
  await lab.workAll();
  const answer = await app.request('http://127.0.0.1/metrics', {}, loopback);
  expect(answer.headers.get('content-type')).toContain('application/openmetrics-text; version=1.0.0');
  const { stdout } = await execa(python as string, ['-c', SCRIPT], { input: await answer.text() });
  expect(stdout).toMatch(/^slipway info 1$/m);
  expect(stdout).toMatch(/^slipway_job_duration_seconds histogram \d\d+$/m);
  expect(stdout).toMatch(/^slipway_jobs_ended counter \d+$/m);
});
