import { expect, test } from 'vitest';
import { parse, parseDocument } from 'yaml';
import { removeBinaryMirrors } from './source-mirrors.ts';

const mirrorsAfter = (text: string) => {
  const document = parseDocument(text);
  removeBinaryMirrors(document);
  return document.toJS() as unknown;
};

test('a build does not look for sources on mirrors in S3 that do not say that they hold them', () => {
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
    expect(mirrorsAfter(JSON.stringify({ [top]: { mirrors } }))).toEqual({
      [top]: { mirrors: { sources, folder, web } },
    });
});

test.each(['spack: { specs: [zlib] }\n', 'spack: { mirrors: {} }\n', 'spack:\n  mirrors:\n'])(
  'an environment without any stays as it is: %j',
  (text) => {
    expect(mirrorsAfter(text)).toEqual(parse(text));
  },
);
