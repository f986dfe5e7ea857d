import { describe, expect, test } from 'vitest';
import { readYaml } from '../../kit/index.ts';
import { concreteEnvironment } from './concrete-environment.ts';

const places = {
  source: '/project/stack',
  target: '/project/jobs_scratch_dir/concrete_environment',
  project: '/project',
  scopes: [],
};

describe('concreteEnvironment', () => {
  test('keeps a text that names no other paths byte for byte', async () => {
    const text = 'spack:\n  specs:   [zlib] # as it was\n  repos: [$spack/var/spack/repos/builtin, /srv/recipes]\n';
    expect(await concreteEnvironment(text, places)).toBe(text);
  });

  test('names the stack’s own recipes relative to the new folder', async () => {
    const list = await concreteEnvironment(
      'spack:\n  specs: [zlib]\n  repos:\n  - recipes\n  - $spack/builtin\n',
      places,
    );
    expect(list).toContain('- ../../stack/recipes\n');
    expect(list).toContain('- $spack/builtin\n');
    const mapping = 'spack:\n  repos:\n    own: ./recipes\n    far: { git: https://example.org/recipes }\n';
    const moved = await concreteEnvironment(mapping, places);
    expect(moved).toContain('own: ../../stack/recipes\n');
    expect(moved).toContain('git: https://example.org/recipes');
  });

  describe('includes the other scopes relative to the new folder', () => {
    const scopes = {
      ...places,
      scopes: ['/project/configs', '/project/a: site', '/project/configs'].map((path) => ({
        path,
        isAbsolute: false,
      })),
    };
    const include = ['../../configs', '../../a: site'];

    test('as the first lines of a block, all else byte for byte', async () => {
      const text = '# ours\nspack: # all\n  # what for\n  specs:   [zlib]\n  view: false\n';
      const added = '  include:\n  - ../../configs\n  - "../../a: site"\n';
      expect(await concreteEnvironment(text, scopes)).toBe(text.replace('  specs', `${added}  specs`));
    });

    test('which the stack names by absolute paths, by these where they are beside the project', async () => {
      const named = ['/srv/site', '/project/configs'].map((path) => ({ path, isAbsolute: true }));
      const further = { path: '/srv/further', isAbsolute: false };
      const text = 'spack:\n  include: [/srv/site, /project/configs]\n';
      const made = await concreteEnvironment(text, { ...places, scopes: [...named, further] });
      expect(readYaml(made, 'spack.yaml').value).toEqual({
        spack: { include: ['/srv/site', '../../configs', '../../../srv/further'] },
      });
    });

    test.each([
      ['in place of its own', 'spack:\n  include: [../configs]\n  specs: [zlib] # kept\n'],
      ['where it is one line', 'spack: { specs: [zlib] }\n'],
      ['where it is a flow of several lines', 'spack: {\n  specs: [zlib],\n  }\n'],
      ['where its lines end as those of Windows do', '\uFEFFspack:\r\n  specs: [zlib]\r\n'],
      ['where its keys are quoted', 'spack:\n  "specs": [zlib]\n'],
      ['where it is empty', 'spack:\n'],
      ['where it is JSON', '{"spack": {"specs": ["zlib"]}}'],
      ['where its first key stands after an anchor', 'spack: &all\n  specs: [zlib]\n'],
      ['in an environment of an old name', 'env:\n  specs: [zlib]\n'],
    ])('%s', async (_case, text) => {
      const made = readYaml(await concreteEnvironment(text, scopes), 'spack.yaml').value;
      const before = readYaml(text, 'spack.yaml').value as Readonly<Record<string, object | null>>;
      const [root] = Object.keys(before) as [string];
      expect(made).toEqual({ [root]: { ...before[root], include } });
    });
  });
});
