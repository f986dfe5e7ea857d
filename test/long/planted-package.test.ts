import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { contentsBelow } from '../support/contents-below.ts';
import { encodedSecret, hardSecret } from '../support/encoded-secret.ts';
import { temporaryFolder } from '../support/mirror-package.ts';
import { serveStack, type ServedStack, type ServeOptions } from '../support/served-stack.ts';

const { encodings, texts, foundIn } = await encodedSecret();
const GZIP = Buffer.of(0x1f, 0x8b);

let served: ServedStack | undefined;
afterEach(() => served?.close());

/** The files of a folder; what is compressed as it is unpacked. */
async function unpackedBelow(folder: string): Promise<readonly Buffer[]> {
  const contents = [...(await contentsBelow(folder)).values()];
  return contents.map((bytes) => (bytes.subarray(0, 2).equals(GZIP) ? gunzipSync(bytes) : bytes));
}

/** Builds a package that has the secret in each encoding, and publishes an image of it. */
async function build(options: ServeOptions) {
  const outside = await temporaryFolder();
  for (const [index, name] of encodings.entries())
    await writeFile(join(outside, `encoded-${index}`), texts.get(name) as string);
  const runners = [{ name: 'embedded', embedded: true, sandbox: 'never' as const }];
  const stack = (served = await serveStack({ ...options, server: { runners } }));
  const install = `mkdir -p "$PREFIX" && cp ${outside}/encoded-* "$PREFIX"`;
  const images = [{ repository: 'lab/stack', base: 'scratch', rules: [{ branch: 'main', tag: 'latest' }] }];
  const sha = await stack.push('main', {
    'spack.yaml': 'spack:\n  specs: [leak]\n  view: false\n',
    'recipes/leak.yaml': JSON.stringify({ name: 'leak', version: '1.0', install }),
    'slipway.yaml': JSON.stringify({ images }),
  });
  const { state } = await stack.finalStatus(sha);
  const published = state === 'success' ? (await stack.finalStatus(sha, 'slipway/image')).state : undefined;
  const { images: layouts, mirror } = stack.server.folder;
  return {
    state,
    published,
    log: [...(await stack.jobs(sha)).values()].map((job) => job.log).join('\n'),
    mirror: foundIn(...(await unpackedBelow(mirror('small-stack')))),
    layers: foundIn(...(await unpackedBelow(layouts))),
  };
}

describe('a package with a secret in twelve encodings', () => {
  test('is not pushed, and no image has a layer of it', async () => {
    const secrets = [{ name: 'PHRASE', from: { env: 'PLANTED' }, scope: 'protected' as const }];
    const { log, ...found } = await build({ stack: { secrets }, env: { PLANTED: hardSecret } });
    expect(found).toEqual({ state: 'failure', published: undefined, mirror: [], layers: [] });
    expect(log).toMatch(/encoded-\d+` .*PHRASE/);
    expect(log).not.toContain(hardSecret);
  });

  test('control: is pushed and published if the secret is not declared', async () => {
    const { log, ...found } = await build({ stack: { variables: { PHRASE: 'another value' } } });
    expect(found, log).toEqual({ state: 'success', published: 'success', mirror: encodings, layers: encodings });
  });
});
