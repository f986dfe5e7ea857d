import { describe, expect, test } from 'vitest';
import { withHash, type DependencyType, type Lockfile, type SpecNode } from '../spack/index.ts';
import { planBuild } from './plan-build.ts';

type Edges = Readonly<Record<string, readonly DependencyType[]>>;

/** A lock of packages given with their dependencies, dependencies first; `external:` before a name makes it one. */
function lockOf(packages: Readonly<Record<string, Edges>>): { lock: Lockfile; hash: (name: string) => string } {
  const nodes = new Map<string, SpecNode>();
  for (const [key, edges] of Object.entries(packages)) {
    const name = key.replace('external:', '');
    const dependencies = Object.entries(edges).map(([dependency, deptypes]) => {
      const { hash } = nodes.get(dependency) as SpecNode;
      return { name: dependency, hash, parameters: { deptypes, virtuals: [] } };
    });
    const arch = { platform: 'linux', platform_os: 'debian12', target: 'x86_64' };
    const external = key === name ? {} : { external: { path: '/usr' } };
    nodes.set(
      name,
      withHash({ name, version: '1', arch, namespace: 'test', parameters: {}, ...external, dependencies }),
    );
  }
  const hash = (name: string) => (nodes.get(name) as SpecNode).hash;
  const byHash = new Map([...nodes.values()].map((node) => [node.hash, node]));
  return { lock: { lockfileVersion: 6, specfileVersion: 5, spack: {}, roots: [], nodes: byHash }, hash };
}

const present = { present: true, reason: 'on file:///mirror' };
const link: Edges[string] = ['link'];

describe('planBuild', () => {
  test('builds what no mirror holds, dependencies first, and leaves externals alone', () => {
    const { lock, hash } = lockOf({
      'external:glibc': {},
      zlib: { glibc: link },
      png: { zlib: link },
      viewer: { png: link, zlib: link },
    });
    const { decisions } = planBuild(lock, new Map([[hash('zlib'), present]]));
    expect(decisions.map(({ name, build, reason, depth }) => ({ name, build, reason, depth }))).toEqual([
      { name: 'zlib', build: false, reason: 'on file:///mirror', depth: 0 },
      { name: 'png', build: true, reason: 'missing', depth: 0 },
      { name: 'viewer', build: true, reason: 'missing', depth: 1 },
    ]);
  });

  test('builds packages again that are named, also those that the change does not touch, and no others', () => {
    const { lock, hash } = lockOf({ zlib: {}, png: { zlib: link }, viewer: { png: link } });
    const all = new Map(['zlib', 'png', 'viewer'].map((name) => [hash(name), present]));
    const options = { again: new Set(['png']), touched: new Set<string>() };
    const { decisions } = planBuild(lock, all, options);
    expect(decisions.map(({ name, build, reason }) => ({ name, build, reason }))).toEqual([
      { name: 'zlib', build: false, reason: 'on file:///mirror, untouched by the change' },
      { name: 'png', build: true, reason: 'on file:///mirror, but to be built again' },
      { name: 'viewer', build: false, reason: 'on file:///mirror, untouched by the change' },
    ]);
  });

  test('a need reaches through packages that are on the mirror', () => {
    // Spack 0.23 lets freetype start before zlib-ng here, and then finds no binary.
    const { lock, hash } = lockOf({ 'zlib-ng': {}, libpng: { 'zlib-ng': link }, freetype: { libpng: link } });
    const { decisions } = planBuild(lock, new Map([[hash('libpng'), present]]));
    const freetype = decisions.find(({ name }) => name === 'freetype');
    expect(freetype).toMatchObject({ needs: [hash('zlib-ng')], depth: 1 });
  });

  test('what only built a package that is on the mirror is not waited for', () => {
    const { lock, hash } = lockOf({ cmake: {}, libpng: { cmake: ['build'] }, viewer: { libpng: link } });
    const { decisions } = planBuild(lock, new Map([[hash('libpng'), present]]));
    expect(decisions.find(({ name }) => name === 'viewer')).toMatchObject({ needs: [] });
  });

  test('what a mirror says to be invalid is built, with that reason', () => {
    const { lock, hash } = lockOf({ zlib: {} });
    const reason = 'unsigned or invalid: Signature of zlib is missing';
    expect(planBuild(lock, new Map([[hash('zlib'), { present: false, reason }]])).decisions).toMatchObject([
      { build: true, reason },
    ]);
  });
});
