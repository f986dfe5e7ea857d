import type { Mirror } from './mirrors-section.ts';

/**
 * Returns the mirror that an environment's pipelines push binaries to. Before Spack 0.21 it had no name: binaries went
 * to the first one.
 */
export function destinationMirror(mirrors: readonly Mirror[]): Mirror | undefined {
  const binary = mirrors.filter((one) => one.binary);
  const named = binary.find(({ name }) => name === 'buildcache-destination');
  return named ?? binary.find(({ name }) => name !== 'buildcache-source');
}
