import { timingSafeEqual } from 'node:crypto';

/** Compares in a time that does not depend on how much is equal. */
export function isSameToken(token: string, expected: string): boolean {
  const [a, b] = [Buffer.from(token), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
