import { describe, expect, test } from 'vitest';
import { BuildRecorder } from './build/build-recorder.ts';
import { readJunit, summarizeTests } from './junit.ts';
import { writeJunit } from './write-junit.ts';

function recordOf(lines: readonly string[], message?: string) {
  const recorder = new BuildRecorder({ now: () => 0 });
  for (const line of lines) recorder.add(line);
  return recorder.finish(message === undefined ? undefined : { message });
}

describe('JUnit of builds', () => {
  test('has a case for each phase and each test, and reads back', async () => {
    const good = recordOf(['a@1: build', 'a@1: test', '$ ./a']);
    const bad = recordOf(['b@1: build', 'b.c:1:1: error: <b> & "c"'], 'step failed\n  | more');
    const text = writeJunit([
      { title: 'a@1 /aaa', record: good },
      { title: 'b@1 /bbb', record: bad },
      { title: 'c@1 /ccc', present: 's3://lab' },
    ]);
    expect(text).toMatchInlineSnapshot(`
      "<?xml version="1.0" encoding="UTF-8"?>
      <testsuites>
      	<testsuite name="a@1 /aaa" tests="2" failures="0" errors="0" skipped="0" time="0.000">
      		<testcase classname="a@1 /aaa" name="build" time="0.000"/>
      		<testcase classname="a@1 /aaa" name="./a" time="0.000"/>
      	</testsuite>
      	<testsuite name="b@1 /bbb" tests="1" failures="0" errors="1" skipped="0" time="0.000">
      		<testcase classname="b@1 /bbb" name="build" time="0.000">
      			<error message="step failed">b.c:1:1: error: &lt;b&gt; &amp; &quot;c&quot;</error>
      		</testcase>
      	</testsuite>
      	<testsuite name="c@1 /ccc" tests="1" failures="0" errors="0" skipped="1" time="0.000">
      		<testcase classname="c@1 /ccc" name="build" time="0.000">
      			<skipped message="already on s3://lab"/>
      		</testcase>
      	</testsuite>
      </testsuites>
      "
    `);
    expect(summarizeTests(await readJunit(text))).toMatchObject({ total: 4, errored: 1, skipped: 1 });
  });

  test('of a test that failed says what it printed last', async () => {
    const text = writeJunit([{ title: 'a', record: recordOf(['a@1: test', '$ ./a', 'no luck', ''], 'failed') }]);
    expect(summarizeTests(await readJunit(text))).toMatchObject({
      total: 1,
      failed: 1,
      failures: [{ name: './a', message: 'no luck' }],
    });
  });

  test('leaves out what XML forbids', () => {
    const text = writeJunit([{ title: 'a', record: recordOf(['a@1: test', '$ \u001B[31m./a\u0000\uFFFE'], 'x') }]);
    expect(text).toContain('name="./a"');
  });
});
