import { describe, expect, test } from 'vitest';
import { listDocument, listPage, readListRequest } from './s3-list.ts';

const objects = ['a', 'b/1', 'b/2', 'c/x/y', 'c/z', 'd'].map((key) => ({ key, size: 1, etag: 'e' }));
const ask = (query: string) => readListRequest('stack', new URLSearchParams(`list-type=2&${query}`));

describe('a list of objects', () => {
  test('pages hold every key once, in order', async () => {
    const seen: string[] = [];
    let token: string | undefined;
    do {
      const page = await listPage(
        objects,
        ask(`max-keys=2${token === undefined ? '' : `&continuation-token=${token}`}`),
      );
      seen.push(...page.objects.map(({ key }) => key));
      token = page.next === undefined ? undefined : Buffer.from(page.next).toString('base64url');
    } while (token !== undefined);
    expect(seen).toEqual(['a', 'b/1', 'b/2', 'c/x/y', 'c/z', 'd']);
  });

  test('a delimiter makes common prefixes, which count as one name each and are listed on one page alone', async () => {
    const first = await listPage(objects, ask('delimiter=/&max-keys=2'));
    expect(first).toMatchObject({ objects: [{ key: 'a' }], commonPrefixes: ['b/'], next: 'b/' });
    const token = Buffer.from('b/').toString('base64url');
    const second = await listPage(objects, ask(`delimiter=/&max-keys=2&continuation-token=${token}`));
    expect(second).toMatchObject({ objects: [{ key: 'd' }], commonPrefixes: ['c/'], next: undefined });
  });

  test('a prefix and a start narrow the list', async () => {
    expect(await listPage(objects, ask('prefix=c/&delimiter=/'))).toMatchObject({
      objects: [{ key: 'c/z' }],
      commonPrefixes: ['c/x/'],
    });
    expect((await listPage(objects, ask('start-after=c/x/y'))).objects.map(({ key }) => key)).toEqual(['c/z', 'd']);
  });

  test('the document escapes names, and encodes them where that is asked for', async () => {
    const odd = [{ key: 'v3/a&b<c> +', size: 3, etag: 'e' }];
    expect(listDocument(await listPage(odd, ask('')), ask(''))).toContain('<Key>v3/a&#38;b&#60;c&#62; +</Key>');
    const encoded = ask('encoding-type=url');
    expect(listDocument(await listPage(odd, encoded), encoded)).toContain('<Key>v3/a%26b%3Cc%3E%20%2B</Key>');
  });

  test('a page of no keys is empty, and a wrong number is refused', async () => {
    expect(await listPage(objects, ask('max-keys=0'))).toMatchObject({ objects: [], next: undefined });
    expect(() => ask('max-keys=-1')).toThrow(expect.objectContaining({ code: 'GATEWAY_INVALID_ARGUMENT' }));
  });

  test('a list of the first version continues after a marker, and returns the next one', async () => {
    const first = readListRequest('stack', new URLSearchParams('max-keys=2'));
    const text = listDocument(await listPage(objects, first), first);
    expect(text).toContain('<NextMarker>b/1</NextMarker>');
    expect(text).not.toContain('KeyCount');
    const second = readListRequest('stack', new URLSearchParams('max-keys=2&marker=b/1'));
    expect((await listPage(objects, second)).objects.map(({ key }) => key)).toEqual(['b/2', 'c/x/y']);
  });

  test('no more is read of the store than a page needs', async () => {
    let read = 0;
    function* endless() {
      for (;;) yield { key: `k${String((read += 1)).padStart(9, '0')}`, size: 1, etag: 'e' };
    }
    await listPage(endless(), ask('max-keys=10'));
    expect(read).toBe(11);
  });
});
