import { closure, type Lockfile } from '../../src/spack/index.ts';
import { packagedStack, type PackagedStack } from './packaged-stack.ts';

/** A mirror for two processors, and the lock of each. */
export interface TwoPlatforms extends PackagedStack {
  readonly amd64: Lockfile;
  readonly arm64: Lockfile;
}

const word = (text: string) => ({ 'bin/word': `#!/bin/sh\necho ${text}\n` });

export async function twoPlatforms(targets = { amd64: 'x86_64_v3', arm64: 'neoverse_v1' }): Promise<TwoPlatforms> {
  const stack = await packagedStack([
    { name: 'lib', files: { 'share/lib': 'amd64' }, target: targets.amd64 },
    { name: 'word', files: word('amd64'), dependencies: { lib: ['link'] }, isRoot: true, target: targets.amd64 },
    { name: 'arm-lib', files: { 'share/lib': 'arm64' }, target: targets.arm64 },
    {
      name: 'arm-word',
      files: word('arm64'),
      dependencies: { 'arm-lib': ['link'] },
      isRoot: true,
      target: targets.arm64,
    },
  ]);
  const [amd64, arm64] = [lockOf(stack.lock, 'word'), lockOf(stack.lock, 'arm-word')];
  return { ...stack, amd64, arm64 };
}

/** What a lock has of one root. */
function lockOf(lock: Lockfile, root: string): Lockfile {
  const roots = lock.roots.filter(({ spec }) => spec === root);
  const held = closure(
    lock,
    roots.map(({ hash }) => hash),
    ['build', 'link', 'run'],
  );
  return { ...lock, roots, nodes: new Map([...lock.nodes].filter(([hash]) => held.has(hash))) };
}
