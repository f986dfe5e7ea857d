import { expect, test } from 'vitest';
import { readCiSection } from './ci-section.ts';

test('a key that Spack would ignore is reported if it is close to a known one', () => {
  const { misspelt } = readCiSection({
    'pipeline-gn': [],
    'rebuild-index:': true,
    'temporary-storage-url-prefix': 'x',
  });
  expect(misspelt).toEqual([{ key: 'pipeline-gn', hint: 'Did you mean `pipeline-gen`?' }]);
});

test('a rule for no job is refused with the job that was probably meant', () => {
  const refused = (rule: object) => expect(() => readCiSection({ 'pipeline-gen': [rule] }));
  refused({ 'biuld-job': {} }).toThrow(
    expect.objectContaining({ code: 'GENERATE_CI_INVALID', hint: 'Did you mean `build-job`?' }),
  );
  refused({ other: {} }).toThrow(expect.objectContaining({ hint: expect.stringContaining('Spack') as string }));
});
