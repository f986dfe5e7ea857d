import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { removeBinaryMirrors } from './source-mirrors.ts';

const mirrorsAfter = async (text: string) => {
  const file = join(await temporaryFolder(), 'spack.yaml');
  await writeFile(file, text);
  await removeBinaryMirrors(file);
  return parse(await readFile(file, 'utf8')) as unknown;
};

test('a build does not look for sources on mirrors in S3 that do not say that they hold them', async () => {
  const mirrors = {
    plain: 's3://lab/mirror',
    signed: { url: 's3://lab/mirror', signed: true },
    apart: { fetch: { url: 's3://lab/mirror', endpoint_url: 'http://127.0.0.1:9000' }, push: 's3://lab/mirror' },
    sources: { url: 's3://lab/sources', source: true },
    folder: 'file:///srv/mirror',
    web: { url: 'https://mirror.example.org' },
  };
  const { sources, folder, web } = mirrors;
  for (const top of ['spack', 'env'])
    expect(await mirrorsAfter(JSON.stringify({ [top]: { mirrors } }))).toEqual({
      [top]: { mirrors: { sources, folder, web } },
    });
});

test.each(['spack: { specs: [zlib] }\n', 'spack: { mirrors: {} }\n', 'spack:\n  mirrors:\n'])(
  'an environment without any stays as it is: %j',
  async (text) => {
    expect(await mirrorsAfter(text)).toEqual(parse(text));
  },
);
