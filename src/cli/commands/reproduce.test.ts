import { createWriteStream, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { collectedTerminal } from '../../../test/support/collected-terminal.ts';
import { sandboxAvailable } from '../../executor/index.ts';
import { main } from '../main.ts';

const sandbox = (await sandboxAvailable()) ? 'always' : 'never';

let folder: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'slipway-archive-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** As a job of `spack ci rebuild` leaves it. */
const leavings = {
  'jobs_scratch_dir/reproduction/repro.json': JSON.stringify({
    job_name: 'zlib@1.3.1 /abcdefg',
    job_spec_json: 'zlib.json',
    ci_project_dir: '/builds/lab',
  }),
  'jobs_scratch_dir/reproduction/pipeline.yml': `stages: [stage-0]
variables: { SPACK_CONCRETE_ENV_DIR: jobs_scratch_dir/concrete_environment }
.build: { image: { name: 'registry.example.org/builder:1', entrypoint: [''] }, tags: [large] }
zlib@1.3.1 /abcdefg:
  extends: .build
  stage: stage-0
  script:
    - cat "$SPACK_CONCRETE_ENV_DIR/spack.lock"
    - 'echo "push to $SLIPWAY_MIRROR, read $SLIPWAY_MIRROR_SOURCE"'
    - 'echo "error: no luck"'
    - exit 1
`,
  'jobs_scratch_dir/reproduction/spack.yaml': `spack:
  specs: [zlib] # a word
  mirrors:
    buildcache-destination: { url: s3://lab-mirror/all, signed: true }
`,
  'jobs_scratch_dir/reproduction/spack.lock': '{"the": "lock"}\n',
  'jobs_scratch_dir/logs/zlib-abcdefg.txt': 'error: no luck\n',
  'jobs_scratch_dir/logs/rebuild.json': '{"done":"failed","reason":"no luck"}\n',
};

async function zipOf(files: Readonly<Record<string, string>>): Promise<string> {
  const zip = new ZipFile();
  for (const [name, text] of Object.entries(files)) zip.addBuffer(Buffer.from(text), name);
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(join(folder, 'artifacts.zip')));
  return 'artifacts.zip';
}

async function reproduce(...words: readonly string[]) {
  const collected = collectedTerminal();
  const { signal } = new AbortController();
  const env = { PATH: process.env['PATH'] };
  const exitCode = await main(['reproduce', '--sandbox', sandbox, ...words], {
    env,
    cwd: folder,
    terminal: collected.terminal,
    signal,
  });
  return { exitCode, stdout: collected.stdout(), stderr: collected.stderr() };
}

describe('the artifacts of a build job', () => {
  test('are enough to run it again, and pushes of Spack end in a folder of its own', async () => {
    const { exitCode, stdout, stderr } = await reproduce(await zipOf(leavings), '--container', 'none');
    const mirror = join(folder, 'reproduce-artifacts/mirror');
    expect(stdout).toContain('"the": "lock"');
    expect(stdout).toContain(`push to ${mirror}, read s3://lab-mirror/all`);
    expect(stderr).toContain('not in registry.example.org/builder:1');
    expect(stderr).toContain('fails here as it did on the server: exit status 1 (no luck)');
    expect(exitCode).toBe(1);
    expect(await reproduce('artifacts.zip', '--container', 'none')).toMatchObject({ exitCode: 1, stdout });
    const other = await reproduce(await zipOf({ ...leavings, 'more.txt': '' }), '--container', 'none');
    expect(other).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('[REPRODUCE_FOLDER_IN_USE]') as string,
    });
    const environment = join(folder, 'reproduce-artifacts/project/jobs_scratch_dir/concrete_environment/spack.yaml');
    expect(readFileSync(environment, 'utf8')).toBe(`spack:
  specs: [ zlib ] # a word
  mirrors:
    buildcache-destination:
      fetch:
        url: s3://lab-mirror/all
      push:
        url: file://${mirror}
      signed: false
      source: true
      binary: true
`);
  });

  test.each([
    ['without what Spack leaves', {}, 'there is no `repro.json` in it'],
    [
      'whose description lacks the job',
      { ...leavings, 'jobs_scratch_dir/reproduction/repro.json': '{"job_spec_json":"x"}' },
      '`repro.json` is not as build jobs write it: `job_name`: required, but missing. [REPRODUCE_BUNDLE_INVALID]',
    ],
    [
      'whose pipeline has another job',
      { ...leavings, 'jobs_scratch_dir/reproduction/repro.json': '{"job_name":"gone","job_spec_json":"x"}' },
      'its pipeline has no job `gone`',
    ],
    [
      'that lead out of the project',
      {
        ...leavings,
        'jobs_scratch_dir/reproduction/pipeline.yml': leavings['jobs_scratch_dir/reproduction/pipeline.yml'].replace(
          'jobs_scratch_dir/concrete_environment',
          '../../out',
        ),
      },
      'leads out of the project',
    ],
  ])('%s are refused', async (_, files, reason) => {
    const { exitCode, stderr } = await reproduce(await zipOf({ 'readme.txt': '', ...files }));
    expect(exitCode).toBe(2);
    expect(stderr).toContain(reason);
    expect(existsSync(join(folder, 'reproduce-artifacts'))).toBe(false);
  });

  test('that do not exist are reported, and leave nothing', async () => {
    const { exitCode, stderr } = await reproduce('nowhere.zip');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('nowhere.zip` cannot be read: ENOENT');
    expect(existsSync(join(folder, 'reproduce-nowhere'))).toBe(false);
  });
});
