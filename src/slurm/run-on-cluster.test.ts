import { chmod, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { removeFolder } from '../../test/support/remove-folder.ts';
import { systemWait } from '../kit/index.ts';
import { Cluster } from './cluster.ts';
import { JobFolder } from './job-folder.ts';
import { runOnCluster } from './run-on-cluster.ts';

const SILENT = 'echo "error: Unable to contact slurm controller (connect failure)" >&2; exit 1';
/** The node: runs the last word of `sbatch` in the folder of the job. */
const RUN = 'for script; do :; done; (cd "$(dirname "$script")" && sh "$script") & echo 5';

describe('a job of Slurm', () => {
  let folder: string;
  let notes: string[];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-slurm-'));
    notes = [];
  });
  // A second start of a job may still write its files.
  afterEach(() => removeFolder(folder));

  /** Runs a script where the commands of Slurm are these texts. */
  async function run(script: string, commands: Readonly<Record<'sbatch' | 'squeue', string>>) {
    for (const [name, text] of Object.entries(commands)) {
      await writeFile(join(folder, name), `#!/bin/sh\ncd "\${0%/*}"\n${text}\n`);
      await chmod(join(folder, name), 0o755);
    }
    let output = '';
    const code = await runOnCluster({
      cluster: new Cluster({ PATH: `${folder}:${process.env.PATH}` }),
      name: 'job',
      folder: await JobFolder.create(join(folder, 'job'), { name: 'build_script', script }),
      words: [],
      poll: 5,
      wait: systemWait,
      onOutput: (bytes) => (output += Buffer.from(bytes).toString()),
      onNote: (line) => notes.push(line),
      signal: new AbortController().signal,
    });
    return { code, output };
  }

  test('gives its log and its exit status, whatever the controller answers', async () => {
    const result = await run('echo one; echo two >&2; exit 3', { sbatch: RUN, squeue: SILENT });
    expect(result).toEqual({ code: 3, output: 'one\ntwo\n' });
  });

  test('is not submitted twice when the answer to its submission was lost', async () => {
    const lost = `echo . >>submitted; ${RUN} >/dev/null; ${SILENT}`;
    const first = '[ -e asked ] && { echo 5; exit; }; touch asked;';
    const result = await run('echo once', { sbatch: lost, squeue: `${first} ${SILENT}` });
    expect(result).toEqual({ code: 0, output: 'once\n' });
    expect(notes).toEqual(['The controller of Slurm does not answer. Waiting for it.', 'Submitted job 5 of Slurm.']);
  });

  test('runs once even if Slurm starts it twice', async () => {
    const result = await run('sleep 0.1; echo once', { sbatch: `(${RUN}) >/dev/null; ${RUN}`, squeue: SILENT });
    expect(result).toEqual({ code: 0, output: 'once\n' });
  });

  test.each([
    ['OUT_OF_MEMORY|OutOfMemory', 137, 'Slurm ended the job 5 at its memory limit.'],
    ['TIMEOUT|TimeLimit', 1, 'Slurm ended the job 5 at its time limit.'],
  ])('has failed where Slurm answers %s', async (answer, code, note) => {
    expect(await run('true', { sbatch: 'echo 5', squeue: `echo '${answer}'` })).toEqual({ code, output: '' });
    expect(notes.at(-1)).toBe(note);
  });

  test.each([
    ["echo 'NODE_FAIL|NodeDown'", 'in the state NODE_FAIL (NodeDown)'],
    ["echo 'COMPLETED|None'", 'in the state COMPLETED (None)'],
    ['echo "slurm_load_jobs error: Invalid job id specified" >&2; exit 1', 'in the state UNKNOWN'],
  ])('is lost where `squeue` runs %s', async (squeue, state) => {
    await expect(run('true', { sbatch: 'echo 5', squeue })).rejects.toThrow(state);
  });

  test('is refused with the reason of Slurm', async () => {
    const sbatch = 'echo "sbatch: error: Batch job submission failed: Invalid partition" >&2; exit 1';
    await expect(run('true', { sbatch, squeue: SILENT })).rejects.toThrow('Invalid partition');
  });
});
