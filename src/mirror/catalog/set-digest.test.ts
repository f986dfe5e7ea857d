import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { SetDigest } from './set-digest.ts';

function digestOf(members: readonly string[]): string {
  const set = new SetDigest();
  for (const member of members) set.add(member);
  return set.digest;
}

test('the digest of a set does not depend on the order, nor on what came and went', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string(), { maxLength: 8 }), fc.string(), (members, other) => {
      const set = new SetDigest();
      set.add(other);
      for (const member of members.toReversed()) set.add(member);
      const restored = new SetDigest(set.state);
      restored.delete(other);
      expect(restored.digest).toBe(digestOf(members));
    }),
    { numRuns: 30 },
  );
});

test('another member, one more and one less give another digest', () => {
  const digests = [['a', 'b'], ['a', 'c'], ['a'], ['a', 'b', 'c'], [], ['ab']].map(digestOf);
  expect(new Set(digests).size).toBe(digests.length);
});
