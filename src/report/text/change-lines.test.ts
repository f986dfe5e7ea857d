import { expect, test } from 'vitest';
import { growthTexts } from './change-lines.ts';

test('the growth of an image is worded from a kilobyte on', () => {
  expect(growthTexts({ growth: 1_234_000 })).toEqual(['The image grows by about 1.2 MB']);
  expect(growthTexts({ growth: -2500 })).toEqual(['The image shrinks by about 2.5 kB']);
  for (const growth of [undefined, 0, 40, -999]) expect(growthTexts({ growth })).toEqual([]);
});
