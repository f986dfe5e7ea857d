import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import type { CoordinatorContext } from '../context.ts';
import { recordJunit } from './junit-record.ts';

test.each([
  ['open elements', '<testsuite>'.repeat(20_000)],
  ['a long attribute', `<testsuite ${'a'.repeat(540_000)}/>`],
])('a report with %s makes no long line in the log', async (_, text) => {
  const lines: string[] = [];
  const log = pino({}, { write: (line: string) => lines.push(line) });
  const path = join(await temporaryFolder(), 'junit.gz');
  writeFileSync(path, gzipSync(text));
  await recordJunit({ log, pipelines: {} } as unknown as CoordinatorContext, '1', path);
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] as string)).toMatchObject({ job: '1', msg: 'JUnit report cannot be read' });
  expect(lines[0]?.length).toBeLessThan(1000);
});
