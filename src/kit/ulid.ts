import { randomBytes } from 'node:crypto';
import type { Clock } from './clock.ts';

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A sortable id of 26 characters: 48 bits of time, 80 bits of randomness (github.com/ulid/spec). */
export function ulid(clock: Clock, random: (size: number) => Uint8Array = randomBytes): string {
  let time = clock.now();
  let head = '';
  for (let index = 0; index < 10; index += 1) {
    head = CROCKFORD[time % 32] + head;
    time = Math.floor(time / 32);
  }
  return head + [...random(16)].map((byte) => CROCKFORD[byte % 32]).join('');
}
