import { describe, expect, test } from 'vitest';
import { addSummaries, readJunit } from './junit.ts';

const XML = `<?xml version="1.0"?>
<testsuites>
  <testsuite name="outer">
    <testcase name="good" time="0.5"/>
    <testsuite name="inner">
      <testcase classname="c" name="bad" time="1.25"><failure message="2 is not 3">at line 7</failure></testcase>
      <testcase name="broken"><error>out of memory</error></testcase>
      <testcase name="later"><skipped/></testcase>
    </testsuite>
  </testsuite>
</testsuites>`;

describe('JUnit', () => {
  test('is counted case by case, with what failed and why', async () => {
    expect(await readJunit(XML)).toEqual({
      total: 4,
      failed: 1,
      errored: 1,
      skipped: 1,
      seconds: 1.75,
      failures: [
        { suite: 'c', name: 'bad', message: '2 is not 3' },
        { suite: 'inner', name: 'broken', message: 'out of memory' },
      ],
    });
  });

  test('may be one suite alone', async () => {
    expect((await readJunit('<testsuite><testcase name="a"/></testsuite>')).total).toBe(1);
  });

  test.each([['no XML at all <'], ['<html><body/></html>']])('refuses %s', async (text) => {
    await expect(readJunit(text)).rejects.toThrow();
  });

  test('of several files is added up', async () => {
    const one = await readJunit(XML);
    expect(addSummaries([one, one])).toMatchObject({ total: 8, failed: 2, seconds: 3.5 });
  });
});
