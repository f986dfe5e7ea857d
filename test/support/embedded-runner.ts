import type { RunnerTraits } from '../../src/coordinator/index.ts';

/** The runner of a lab. */
export const embedded: RunnerTraits & { readonly token: string } = {
  id: 1,
  name: 'embedded',
  token: 'glrt-embedded',
  concurrency: 10,
  tags: [],
  runUntagged: true,
  protectedOnly: false,
  untrusted: true,
};
