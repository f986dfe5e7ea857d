import { describe, expect, test } from 'vitest';
import { BuildRecorder, buildDocuments, describeHost } from '../../src/report/index.ts';
import { doneDocument } from '../../src/report/cdash/build-documents.ts';
import { cdashValidator } from '../support/cdash-schemas.ts';

const validate = cdashValidator();
const NOW = Date.UTC(2026, 10, 25, 10, 43, 7);

/** Logs of builds, and why each failed. */
const logs: Readonly<Record<string, readonly [lines: readonly string[], fault?: { message: string }]>> = {
  'that went well, with warnings': [
    [
      "==> reef: Executing phase: 'cmake'",
      'CMake Warning at CMakeLists.txt:3 (message):',
      "==> reef: Executing phase: 'build'",
      'reef.c:2:18: warning: unused variable ‘coral’',
      'warning: from nowhere',
      "==> reef: Executing phase: 'install'",
    ],
  ],
  'that did not compile': [
    [
      "==> reef: Executing phase: 'build'",
      'reef.c:2:18: error: no',
      'ld: cannot find -lcoral',
      'make: *** [reef] Error 1',
    ],
    { message: 'no' },
  ],
  'that ended before it began': [['==> Error: all fetchers failed'], { message: 'all fetchers failed' }],
  'with what no document may contain': [
    [
      "==> reef: Executing phase: 'configure'",
      '\u001B[31m<![CDATA[ & ]]>\u0000\uFFFE\uD800 "\'',
      "==> reef: Executing phase: 'build'",
      'a.c:99999999999:1: error: <b>\u0007\u001B[1m&amp;',
      `${'x'.repeat(5000)}.c:1: warning: ${'y'.repeat(5000)}`,
    ],
    { message: '\u0001<Error>' },
  ],
  'with tests': [
    [
      "==> reef: Executing phase: 'install'",
      '==> Testing package reef-1.0',
      '==> [2026-11-25-10:43:00.000001] test: wet: has water',
      "==> [2026-11-25-10:43:00.000002] 'reef' '--water'",
      'PASSED: Reef::wet',
      '==> [2026-11-25-10:43:01.000001] test: deep: is deep',
      'FAILED: Reef::deep: too shallow',
      '==> [2026-11-25-10:43:01.000001] test: old: is old',
      'SKIPPED: Reef::old: too young',
    ],
  ],
  'without any output': [[]],
};

describe.skipIf(validate === undefined)('CDash’s own schemas', () => {
  test.each(Object.entries(logs))('accept every part of the report of a build %s', async (_, [lines, fault]) => {
    const recorder = new BuildRecorder({ now: () => NOW });
    for (const line of lines) recorder.add(line);
    const compiler = { name: 'gcc', version: '12.4.0' };
    const host = await describeHost();
    const identity = {
      site: 'lab',
      name: 'reef@1.0',
      stamp: '20261125-1043-N',
      generator: 'slipway-1',
      host,
      compiler,
    };
    const record = recorder.finish(fault);
    const documents = buildDocuments({ identity, record, command: 'slipway rebuild reef', revision: 'c0ffee' });
    const texts = [...documents, doneDocument('7', NOW)].map(({ text }) => text);
    expect(texts.length).toBeGreaterThan(1);
    expect(await validate?.(texts)).toEqual([]);
  });
});
