import * as fc from 'fast-check';

export interface RelocationCase {
  /** In hexadecimal. */
  readonly bytes: string;
  /** Old and new paths, in order. */
  readonly map: readonly (readonly [string, string])[];
}

const part = fc.stringMatching(/^[a-c.]{1,4}$/);
const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => `/${parts.join('/')}`);
const around = fc.string({ unit: fc.constantFrom('a', '/', '-', ':', ' ', '\n', '_', '\0', '\u00ff'), maxLength: 10 });

/** Bytes in which old paths stand in all surroundings, and where they go: the same for the same number. */
export function relocationCases(count: number): readonly RelocationCase[] {
  const one = fc.array(fc.tuple(path, path), { minLength: 1, maxLength: 3 }).chain((map) => {
    const piece = fc.oneof(around, path, fc.constantFrom(...map.map(([old]) => old)));
    return fc.array(piece, { minLength: 1, maxLength: 12 }).map((pieces) => {
      return { bytes: Buffer.from(pieces.join(''), 'latin1').toString('hex'), map };
    });
  });
  return fc.sample(one, { numRuns: count, seed: 20 });
}
