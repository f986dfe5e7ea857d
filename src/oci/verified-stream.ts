import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';
import type { Descriptor } from './descriptor.ts';
import { ociError } from './errors.ts';

/**
 * A stream that passes bytes on and fails unless they are exactly those of the descriptor. It fails at the first
 * byte too many, so that no source can fill a disk; use what was read only after the stream has ended well.
 */
export function verifiedStream(descriptor: Pick<Descriptor, 'digest' | 'size'>, location: string): Transform {
  const hash = createHash('sha256');
  let size = 0;
  const mismatch = (reason: string) => ociError('OCI_BLOB_MISMATCH', { digest: descriptor.digest, location, reason });
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size > descriptor.size) return done(mismatch(`it is longer than ${descriptor.size} bytes`));
      hash.update(chunk);
      done(null, chunk);
    },
    flush(done) {
      if (size !== descriptor.size) return done(mismatch(`it has ${size} bytes, not ${descriptor.size}`));
      const actual = `sha256:${hash.digest('hex')}`;
      done(actual === descriptor.digest ? null : mismatch(`its bytes have ${actual}`));
    },
  });
}
