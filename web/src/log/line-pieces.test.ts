import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { groupPieces } from './line-pieces.ts';

const plain = (text: string) => [{ text, classes: '' }];
const linksOf = (text: string) => groupPieces(plain(text)).flatMap(({ href }) => href ?? []);

describe('a line in pieces', () => {
  test.each([
    ['see https://a.example/b?c=d#e.', 'https://a.example/b?c=d#e'],
    ['(http://a.example/b_(c))', 'http://a.example/b_(c)'],
    ['[https://a.example/x], more', 'https://a.example/x'],
    ['"https://a.example/q"', 'https://a.example/q'],
  ])('of `%s` links %s', (text, href) => {
    expect(linksOf(text)).toEqual([href]);
  });

  test.each([
    'javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'ftp://a.example/',
    'xhttps://a.example',
    'https://github.com@evil.example/',
    'https://',
  ])('links nothing in `%s`', (text) => {
    expect(linksOf(text)).toEqual([]);
  });

  test('has an address that changes its look as one link', () => {
    const spans = [
      { text: 'at https://a.example/', classes: '' },
      { text: 'b', classes: 'fg1' },
      { text: ' end', classes: '' },
    ];
    const groups = groupPieces(spans, [[21, 24]]);
    expect(groups.map(({ href, pieces }) => [href, pieces.map(({ text, isMatch }) => [text, isMatch])])).toEqual([
      [undefined, [['at ', false]]],
      [
        'https://a.example/b',
        [
          ['https://a.example/', false],
          ['b', true],
        ],
      ],
      [
        undefined,
        [
          [' e', true],
          ['nd', false],
        ],
      ],
    ]);
  });

  test('has the whole text in its order, whatever is marked', () => {
    const spans = fc.array(fc.string().map((text) => ({ text, classes: '' })));
    const ranges = fc.array(fc.tuple(fc.nat(30), fc.nat(30)));
    fc.assert(
      fc.property(spans, ranges, (all, pairs) => {
        const text = groupPieces(all, pairs).flatMap(({ pieces }) => pieces.map((piece) => piece.text));
        expect(text.join('')).toBe(all.map((span) => span.text).join(''));
      }),
    );
  });
});
