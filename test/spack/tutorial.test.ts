import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { findPart } from '../support/part.ts';
import { writePrograms } from '../support/run-blocks.ts';
import { findSpacks, readyToBuild } from '../support/spack-lab.ts';
import { sourcesFolder } from '../support/spack-sources.ts';
import { followTutorial } from '../support/tutorial.ts';

const sources = sourcesFolder();
const canFollow = ['tmux', 'bash', 'setpriv', 'git', 'gcc', 'make'].every((name) => findPart(name) !== undefined);
const spacks = canFollow && sources !== undefined ? (await findSpacks()).filter(readyToBuild) : [];
if (spacks.length === 0) test.skip('needs tmux, a Spack and sources', () => undefined);

const page = { page: 'docs/tutorials/spack-stack.md', test: 'test/spack/tutorial.test.ts' };
/** Folder of wheels of clingo, for machines without a package index. */
const wheels = process.env['SLIPWAY_TEST_WHEELS'];

describe.each(spacks)('the tutorial of a Spack stack, by Spack $version', ({ root, version }) => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-program-'));
    await chmod(folder, 0o755);
    await writePrograms(folder);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('leads from an environment to a program that runs in an image, from local copies alone', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const { transcript, failed } = await followTutorial({
      ...page,
      name: `spack-stack-${version}`,
      values: {
        '/srv/spack-packages': process.env['SLIPWAY_TEST_SPACK_PACKAGES'] ?? root,
        '/srv/spack ': `${root} `,
        '/srv/sources': sources ?? '',
        ' --wheels /srv/wheels': wheels === undefined ? '' : ` --wheels ${wheels}`,
        '127.0.0.1:8080': address,
      },
      env: { SLIPWAY_LISTEN: address, PATH: `${folder}:/usr/local/bin:/usr/bin:/bin` },
    });
    const said = expect.stringMatching(/\nbuild {2}lz4@1\.10\.0 [\s\S]*lz4 v1\.10\.0/) as string;
    expect({ failed, transcript }).toEqual({ failed: '', transcript: said });
  });
});
