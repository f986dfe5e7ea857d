import { expect, test } from 'vitest';
import { environmentSection } from './configuration-paths.ts';

test('the section of a spack.yaml, under either name, with what it merges', () => {
  expect(environmentSection('spack:\n  view: false\n', 'spack.yaml')).toEqual({ view: false });
  const merging = 'x: &x { view: false }\nenv:\n  <<: *x\n  specs: [zlib]\n';
  expect(environmentSection(merging, 'spack.yaml')).toEqual({ view: false, specs: ['zlib'] });
});

test('of an empty one nothing is known; one that is no YAML is reported with its position', () => {
  expect(environmentSection('# nothing yet\n', 'spack.yaml')).toEqual({});
  expect(() => environmentSection('spack:\n  specs: [zlib\n', 'stack/spack.yaml')).toThrowError(
    expect.objectContaining({
      code: 'RECIPE_ENVIRONMENT_INVALID',
      message: expect.stringMatching(/^stack\/spack\.yaml, line 3: /),
    }),
  );
});
