import { describe, expect, test } from 'vitest';
import { Secret } from '../../kit/index.ts';
import { JobLog } from './job-log.ts';

function openLog(isDetailed = true, secrets: readonly string[] = ['s3cret-word']) {
  let written = '';
  const write = (bytes: Buffer) => void (written += bytes.toString());
  const named = secrets.map((value, index) => [`SECRET_${index}`, new Secret(value)] as const);
  const log = new JobLog({ write, secrets: named, isDetailed, clock: { now: () => 7000 } });
  return { log, written: () => written };
}

describe('a job log', () => {
  test('hides a secret that is split between any two pieces', () => {
    const text = Buffer.from('before s3cret-word after\n');
    for (let cut = 1; cut < text.length; cut += 1) {
      const { log, written } = openLog();
      log.write(text.subarray(0, cut));
      expect(written()).not.toContain('s3cret-word');
      log.write(text.subarray(cut));
      log.end();
      expect(written()).toBe('before [MASKED] after\n');
    }
  });

  test('passes output on as it is where there is no secret', () => {
    const { log, written } = openLog(true, ['abc']);
    log.write(Buffer.from('an abc'));
    expect(written()).toBe('an abc');
  });

  test('begins each line of its own on a new line', () => {
    const { log, written } = openLog();
    log.write(Buffer.from('unfinished'));
    log.print('WARNING: one');
    log.print('WARNING: two');
    expect(written()).toBe('unfinished\nWARNING: one\nWARNING: two\n');
  });

  test('has sections and reports progress only if it is detailed', async () => {
    const [whole, brief] = [openLog(true), openLog(false)];
    for (const { log } of [whole, brief]) {
      await log.section('step_script', 'Title', async () => {
        log.write(Buffer.from('output'));
        log.report('progress');
      });
      log.print('last');
    }
    expect(whole.written()).toBe(
      'section_start:7:step_script\r\u001B[0K\u001B[36;1mTitle\u001B[0;m\noutput\nprogress\nsection_end:7:step_script\r\u001B[0Klast\n',
    );
    expect(brief.written()).toBe('output\nlast\n');
  });
});
