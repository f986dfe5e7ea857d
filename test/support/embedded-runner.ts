import type { ConfiguredTraits } from '../../src/coordinator/index.ts';

/** The runner of a lab. */
export const embedded: ConfiguredTraits = {
  id: 1,
  name: 'embedded',
  token: 'glrt-embedded',
  concurrency: 10,
  tags: [],
  runUntagged: true,
  protectedOnly: false,
  untrusted: true,
};
