import { describe, expect, test } from 'vitest';
import { readJunit, summarizeTests } from './junit.ts';

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
    expect(summarizeTests(await readJunit(XML))).toEqual({
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
    expect(await readJunit('<testsuite><testcase name="a"/></testsuite>')).toEqual([
      { suite: '', name: 'a', status: 'passed' },
    ]);
  });

  test.each([['no XML at all <'], ['<html><body/></html>']])('refuses %s', async (text) => {
    await expect(readJunit(text)).rejects.toThrow();
  });

  test('gives each case with what it printed and the details of its failure', async () => {
    const [bad] = await readJunit(`<testsuites><testsuite name="s"><testcase name="a &lt; b">
      <failure message="2 &#62; 1">at &amp;line 7</failure><system-out><![CDATA[raw &lt; text]]></system-out>
      <system-err>warned</system-err></testcase></testsuite></testsuites>`);
    expect(bad).toEqual({
      suite: 's',
      name: 'a < b',
      status: 'failed',
      message: '2 > 1',
      output: 'at &line 7\nraw &lt; text\nwarned',
    });
  });

  test('decodes no entity that a document declares', async () => {
    const bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><testsuite><testcase name="&b;"/></testsuite>';
    expect((await readJunit(bomb))[0]?.name).toBe('&b;');
  });
});
