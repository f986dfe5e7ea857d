import { expect, test } from 'vitest';
import { objectPage } from './object-page.ts';

test.each([
  ['job 12', '/jobs/12'],
  ['jobs of pipeline 3', '/pipelines/3'],
  ['image 5', '/images/5'],
  ['pull request 7', '/stacks/lab/requests/7'],
  ['token 4', undefined],
  ['v3/manifests/spec/zlib-1.3.spec.manifest.json', undefined],
])('what was done to `%s` has the page %s', (on, page) => {
  expect(objectPage({ stack: 'lab', on })).toBe(page);
});

test('a pull request without its stack has no page', () => {
  expect(objectPage({ on: 'pull request 7' })).toBeUndefined();
});
