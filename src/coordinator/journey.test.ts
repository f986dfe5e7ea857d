import { expect, test } from 'vitest';
import { openLab } from '../../test/support/coordinator.ts';

test('a push to the default branch is built, signed and published', async () => {
  const lab = await openLab();
  const { sha, event } = lab.push('main');
  await lab.happens(event);
  expect(lab.status(sha)).toBe('pending: 0 of 1 jobs done');
  expect(await lab.workAll()).toEqual(['generate', 'tide', 'gauge']);
  expect(lab.jobs('1')).toEqual(['generate success', 'build success', 'tide success', 'gauge success']);
  expect(lab.status(sha)).toBe('success: All 3 jobs succeeded');
  expect(await lab.signed()).toEqual(['tide', 'gauge']);
  expect(lab.publications()).toEqual(['latest published']);
});
