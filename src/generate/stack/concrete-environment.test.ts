import { describe, expect, test } from 'vitest';
import { concreteEnvironment } from './concrete-environment.ts';

const places = { source: '/project/stack', target: '/project/jobs_scratch_dir/concrete_environment', scopes: [] };

describe('concreteEnvironment', () => {
  test('keeps a text that names no other place byte for byte', () => {
    const text = 'spack:\n  specs:   [zlib] # as it was\n  repos: [$spack/var/spack/repos/builtin, /srv/recipes]\n';
    expect(concreteEnvironment(text, places)).toBe(text);
  });

  test('leads to the stack’s own recipes from where it will lie', () => {
    const list = concreteEnvironment('spack:\n  specs: [zlib]\n  repos:\n  - recipes\n  - $spack/builtin\n', places);
    expect(list).toContain('- ../../stack/recipes\n');
    expect(list).toContain('- $spack/builtin\n');
    const mapping = 'spack:\n  repos:\n    own: ./recipes\n    far: { git: https://example.org/recipes }\n';
    const moved = concreteEnvironment(mapping, places);
    expect(moved).toContain('own: ../../stack/recipes\n');
    expect(moved).toContain('git: https://example.org/recipes');
  });

  test('includes the other scopes from there', () => {
    const made = concreteEnvironment('spack:\n  specs: [zlib]\n', { ...places, scopes: ['/project/configs'] });
    expect(made).toContain('- ../../configs\n');
  });
});
