import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { closure, readLockfile } from '../src/spack/index.ts';

/** A package of a made stack: what a change of it comes from, and its size. */
export interface StackPackage {
  readonly name: string;
  readonly bytes: number;
  /** Names of the packages whose change changes this one's hash: itself and all that it depends on. */
  readonly causes: readonly string[];
}

const lockFile = fileURLToPath(new URL('../test/fixtures/spack/spack-0.23-tutorial/spack.lock', import.meta.url));

/**
 * A stack as large as is wanted, out of a real one: the packages of the tutorial's lock (226) with all that they really
 * depend on, then more, each of which depends on what a package drawn from those depends on. Sizes are log-normal,
 * median 1.5 MB.
 */
export function makeStack(count: number, random: () => number): readonly StackPackage[] {
  const lock = readLockfile(readFileSync(lockFile, 'utf8'), lockFile);
  const real = [...lock.nodes.values()].filter(({ external }) => external === undefined);
  const needs = real.map(({ hash }) =>
    [...closure(lock, [hash], ['build', 'link', 'run', 'test'])].filter(
      (one) => one !== hash && lock.nodes.get(one)?.external === undefined,
    ),
  );
  return Array.from({ length: count }, (_none, index) => {
    const like = index < real.length ? index : Math.floor(random() * real.length);
    const name = index < real.length ? (real[index]?.hash ?? '') : `more-${index}`;
    const bytes = Math.round(1.5e6 * Math.exp(1.5 * normal(random)));
    return { name, bytes, causes: [name, ...(needs[like] ?? [])] };
  });
}

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** mulberry32: the same numbers in every run. */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
}
