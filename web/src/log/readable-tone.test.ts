import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readAnsi } from './ansi.ts';
import { GROUNDS, LEAST_CONTRAST, contrast, mix, readableTone, type Rgb } from './readable-tone.ts';

const sheet = readFileSync(new URL('../style/tokens.css', import.meta.url), 'utf8');

/** The tokens of a theme, as the style sheet has them. */
function tokens(theme: 'light' | 'dark'): ReadonlyMap<string, Rgb> {
  const start = theme === 'light' ? sheet.indexOf(':root {') : sheet.indexOf(":root[data-theme='dark']");
  const block = sheet.slice(start, sheet.indexOf('}', start));
  return new Map([...block.matchAll(/--([\w-]+): #([\da-f]{6});/g)].map(([, name = '', hex = '']) => [name, rgb(hex)]));
}

function rgb(hex: string): Rgb {
  const at = (index: number) => Number.parseInt(hex.slice(index, index + 2), 16);
  return [at(0), at(2), at(4)];
}

/** The grounds that a line can have; `log.css` mixes them so. */
function groundsOf(all: ReadonlyMap<string, Rgb>): readonly Rgb[] {
  const token = (name: string) => all.get(name) as Rgb;
  const plain = token('log-ground');
  return [plain, token('failed-soft'), mix(plain, token('pending'), 0.12), mix(plain, token('accent-soft'), 0.55)];
}

test.each(['light', 'dark'] as const)('in %s, every color of a program has enough contrast on every line', (theme) => {
  const all = tokens(theme);
  const names = Array.from({ length: 16 }, (_, index) => `ansi${index}`);
  for (const ground of groundsOf(all)) {
    for (const name of [...names, 'faint', 'ink'])
      expect(contrast(all.get(name) as Rgb, ground), `${name} on ${String(ground)}`).toBeGreaterThanOrEqual(
        LEAST_CONTRAST,
      );
    // Colors of large palettes are fitted to a background that is no better than any of these.
    const worst = contrast(theme === 'light' ? [0, 0, 0] : [255, 255, 255], ground);
    const assumed = contrast(theme === 'light' ? [0, 0, 0] : [255, 255, 255], GROUNDS[theme]);
    expect(worst).toBeGreaterThanOrEqual(assumed);
  }
});

test('every color of the palette of 256, and of others, can be read in both themes', () => {
  const read = (text: string) => text.match(/\d+/g)?.map(Number) as unknown as Rgb;
  const palette = Array.from({ length: 240 }, (_, index) => readAnsi(`\u001B[38;5;${index + 16}mx`).spans[0]?.color);
  const others: Rgb[] = [
    [255, 255, 0],
    [0, 0, 0],
    [255, 255, 255],
    [1, 2, 255],
  ];
  for (const color of [...palette, ...others]) {
    const { light, dark } = readableTone(color as Rgb);
    expect(contrast(read(light), GROUNDS.light)).toBeGreaterThanOrEqual(LEAST_CONTRAST);
    expect(contrast(read(dark), GROUNDS.dark)).toBeGreaterThanOrEqual(LEAST_CONTRAST);
  }
  expect(readableTone([0, 95, 0])).toMatchObject({ light: 'rgb(0 95 0)' });
});
