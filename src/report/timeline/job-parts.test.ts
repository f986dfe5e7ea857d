import { describe, expect, test } from 'vitest';
import { jobParts } from './job-parts.ts';
import { transferText } from './transfer-line.ts';

const start = Date.UTC(2026, 10, 30, 12) / 1000;
const attempt = { startedAt: start * 1000, finishedAt: (start + 60) * 1000 };
const begin = (name: string, at: number) => `section_start:${start + at}:${name}\r\u001B[0KTitle\n`;
const end = (name: string, at: number) => `section_end:${start + at}:${name}\r\u001B[0K`;

describe('the parts of an attempt', () => {
  test('are the stages of the runner that transfer something', () => {
    const log = [
      begin('get_sources', 1),
      end('get_sources', 4),
      begin('restore_cache', 4),
      end('restore_cache', 4),
      begin('download_artifacts', 4),
      end('download_artifacts', 9),
      begin('step_script', 9),
      end('step_script', 55),
      begin('upload_artifacts_on_success', 55),
      end('upload_artifacts_on_success', 58),
    ].join('text\n');
    expect(jobParts(log, attempt)).toEqual([
      { kind: 'sources', at: 1, seconds: 3 },
      { kind: 'artifacts', at: 4, seconds: 5 },
      { kind: 'artifacts', at: 55, seconds: 3 },
    ]);
  });

  test('are also what the script did on the mirror', () => {
    const line = `zlib@1.3 built in 30.0 s and pushed to /m (7 bytes); ${transferText({ fetched: 4.04, pushed: 2 })}\n`;
    const log = `${begin('step_script', 10)}${line}${end('step_script', 50)}`;
    expect(jobParts(log, attempt)).toEqual([
      { kind: 'mirror', at: 10, seconds: 4 },
      { kind: 'mirror', at: 48, seconds: 2 },
    ]);
  });

  test('never reach beyond the attempt, whatever its log holds', () => {
    const line = transferText({ fetched: 9000, pushed: 9000 });
    const log = `${begin('get_sources', -999)}${end('get_sources', 9999)}${begin('step_script', 70)}${line}\n`;
    for (const { at, seconds } of jobParts(log, attempt)) {
      expect(at).toBeGreaterThanOrEqual(0);
      expect(at + seconds).toBeLessThanOrEqual(60);
    }
    expect(jobParts('section_start:1:a\rsection_end:x', attempt)).toEqual([]);
  });
});
