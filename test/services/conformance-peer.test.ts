import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { installPeer } from '../../bench/engine-peer.ts';
import { readConformanceCases, type ConformanceCase } from '../support/conformance-case.ts';
import { runPeer, type PeerStatus } from '../support/conformance-peer.ts';
import { runCase } from '../support/conformance-run.ts';

const cases = readConformanceCases(fileURLToPath(new URL('../conformance', import.meta.url)));
const same = cases.flatMap((one) => (one.run?.peer === true ? [[one.name, one, one.run] as const] : []));
const folder = mkdtempSync(join(tmpdir(), 'slipway-peer-'));
const peer = installPeer(folder);
if (typeof peer === 'string') process.stderr.write(`skipped: ${peer}\n`);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Our words for a job in those that the other program has. */
function asPeerTells(status: string, isAllowed: boolean): PeerStatus {
  if (status === 'success') return 'success';
  if (status !== 'failed') return 'not run';
  return isAllowed ? 'allowed' : 'failed';
}

/** Of what a job said, the lines that the case asks for. */
function linesOf(
  { run }: ConformanceCase,
  output: ReadonlyMap<string, readonly string[]>,
): Record<string, readonly string[]> {
  const asked = Object.entries(run?.output ?? {}).map(([job, lines]) => {
    const words = lines.map((line) => line.replace(/^!/, ''));
    return [job, (output.get(job) ?? []).filter((line) => words.includes(line))] as const;
  });
  return Object.fromEntries(asked);
}

describe.skipIf(typeof peer === 'string')('gitlab-ci-local does as slipway run does:', () => {
  test('in most cases, and the others say in what it differs', () => {
    expect(same.length).toBeGreaterThanOrEqual(100);
  });

  test.each(same)('%s', async (_name, one) => {
    if (typeof peer === 'string') return;
    const [ours, theirs] = await Promise.all([runCase(one), runPeer(peer, one)]);
    const jobs = Object.entries(ours.jobs).map(([job, status]) => [job, asPeerTells(status, ours.allowed.has(job))]);
    expect({ jobs: theirs.jobs, output: linesOf(one, theirs.output), text: theirs.text }).toEqual({
      jobs: Object.fromEntries(jobs),
      output: linesOf(one, ours.output),
      text: expect.any(String),
    });
  });
});
