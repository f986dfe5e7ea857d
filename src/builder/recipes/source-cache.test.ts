import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sha256 } from '../../kit/index.ts';
import { fetchSource } from './source-cache.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-source-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const url = 'https://example.org/zoo-1.0.tar.gz';

function server(body: string, status: number = 200): { fetch: typeof fetch; asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    fetch: async (input) => {
      asked.push(input instanceof Request ? input.url : input.toString());
      return new Response(body, { status });
    },
  };
}

describe('fetchSource', () => {
  test('fetches once and then takes the copy of the cache', async () => {
    const { fetch, asked } = server('lions');
    const source = { recipe: 'zoo', url, sha256: sha256('lions') };
    const path = await fetchSource(source, { folder, fetch });
    expect(readFileSync(path, 'utf8')).toBe('lions');
    expect(await fetchSource(source, { folder, fetch })).toBe(path);
    expect(asked).toEqual([url]);
  });

  test('a wrong sha256 names recipe, address and both sums, and keeps nothing', async () => {
    const { fetch } = server('tigers');
    const expected = sha256('lions');
    await expect(fetchSource({ recipe: 'zoo', url, sha256: expected }, { folder, fetch })).rejects.toMatchObject({
      code: 'RECIPE_SOURCE_CHECKSUM',
      message: `The source ${url} of recipe \`zoo\` has the SHA-256 ${sha256('tigers')}, but the recipe expects ${expected}, so it was discarded.`,
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a damaged copy is fetched again', async () => {
    const { fetch, asked } = server('lions');
    const digest = sha256('lions');
    writeFileSync(join(folder, digest), 'moths');
    expect(readFileSync(await fetchSource({ recipe: 'zoo', url, sha256: digest }, { folder, fetch }), 'utf8')).toBe(
      'lions',
    );
    expect(asked).toHaveLength(1);
  });

  test('reads file addresses', async () => {
    writeFileSync(join(folder, 'zoo.tar'), 'lions');
    const source = { recipe: 'zoo', url: pathToFileURL(join(folder, 'zoo.tar')).href, sha256: sha256('lions') };
    expect(readFileSync(await fetchSource(source, { folder: join(folder, 'cache') }), 'utf8')).toBe('lions');
  });

  test('an answer that is no file is reported without the credentials of the address', async () => {
    const { fetch } = server('gone', 404);
    const source = { recipe: 'zoo', url: 'https://me:secret@example.org/zoo.tgz', sha256: sha256('lions') };
    await expect(fetchSource(source, { folder, fetch })).rejects.toMatchObject({
      message: 'The source https://example.org/zoo.tgz of recipe `zoo` cannot be fetched: the server answered 404.',
    });
  });
});
