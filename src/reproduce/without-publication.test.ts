import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { withoutPublication } from './without-publication.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-without-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const changed = async (text: string): Promise<unknown> => {
  const file = join(folder, 'spack.yaml');
  await writeFile(file, text);
  await withoutPublication(file, { own: '/here/mirror' });
  return parse(await readFile(file, 'utf8'));
};

test('an environment that runs again pushes to its own folder, and reports nowhere', async () => {
  const text = `spack:
  specs: [zlib]
  cdash: { build-group: Nightly, url: https://cdash.example.org, project: Lab }
  ci: { broken-specs-url: s3://lab/broken, pipeline-gen: [] }
  mirrors: { buildcache-destination: s3://lab/mirror }
`;
  expect(await changed(text)).toEqual({
    spack: {
      specs: ['zlib'],
      ci: { 'pipeline-gen': [] },
      mirrors: {
        'buildcache-destination': {
          fetch: { url: 's3://lab/mirror' },
          push: { url: 'file:///here/mirror' },
          signed: false,
          source: true,
          binary: true,
        },
      },
    },
  });
});

test('an environment without mirrors reports nowhere, too', async () => {
  expect(await changed('spack:\n  specs: [zlib]\n  cdash: { build-group: Nightly }\n')).toEqual({
    spack: { specs: ['zlib'] },
  });
});
