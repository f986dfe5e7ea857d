import type { Duplex } from 'node:stream';

/** Leads each stream to the other until both have ended, or one breaks off. */
export function joinStreams(one: Duplex, other: Duplex): void {
  one.pipe(other).pipe(one);
  for (const [closed, open] of [
    [one, other],
    [other, one],
  ] as const) {
    // A slow reader still gets what was written before the other end closed.
    const finish = () => (closed.readableEnded ? open.end(() => open.destroy()) : open.destroy());
    if (closed.destroyed) finish();
    else closed.once('close', finish);
  }
}
