import { expect, test } from 'vitest';
import { breaches, formatReport } from './report.ts';

const report = {
  figures: { wallMs: 1200, ratio: 1.25 },
  peers: { cp: { wallMs: 900 } },
  limits: { ratio: { most: 1.5 } },
  skipped: ['rsync is not here'],
};

test('figures within their limits are no breach', () => {
  expect(breaches(report)).toEqual([]);
});

test('a figure beyond its limit, or not measured at all, is a breach', () => {
  expect(breaches({ ...report, limits: { ratio: { most: 1.2 } } })).toEqual(['ratio is 1.25; the most is 1.2']);
  expect(breaches({ ...report, limits: { wallMs: { least: 2000 } } })).toEqual(['wallMs is 1200; the least is 2000']);
  expect(breaches({ ...report, limits: { peakBytes: { most: 1 } } })).toEqual(['peakBytes was not measured']);
});

test('the table has a row for each figure and says what was skipped', () => {
  expect(formatReport('copy', report)).toEqual([
    'copy',
    '  wallMs  slipway  1,200',
    '  ratio   slipway   1.25  (most 1.5)',
    '  wallMs  cp         900',
    '  skipped: rsync is not here',
  ]);
});
