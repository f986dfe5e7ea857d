import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { mirrorError, type ObjectInfo, type ObjectStore } from '../../src/mirror/index.ts';

/** A store in memory, whose objects can be given any age. */
export function memoryStore(): ObjectStore & { age(key: string, modified: number): void } {
  const objects = new Map<string, { bytes: Buffer; modified: number; etag: string }>();
  let writes = 0;
  const info = (key: string): ObjectInfo | undefined => {
    const found = objects.get(key);
    return found && { key, size: found.bytes.length, etag: found.etag, modified: found.modified };
  };
  return {
    url: 'memory://',
    get: async (key) => Promise.resolve(objects.get(key)?.bytes),
    open: async (key) => {
      const bytes = objects.get(key)?.bytes;
      return Promise.resolve(bytes && Readable.from([bytes]));
    },
    head: async (key) => Promise.resolve(info(key)),
    async put(key, body, { ifMatch } = {}) {
      const bytes = body instanceof Uint8Array ? Buffer.from(body) : await readFile(body.file);
      const now = objects.get(key)?.etag;
      if (ifMatch !== undefined && (ifMatch === 'absent' ? now !== undefined : now !== ifMatch))
        throw mirrorError('MIRROR_STORE_CONFLICT', { key, store: 'memory://' });
      objects.set(key, { bytes, modified: Date.now(), etag: String((writes += 1)) });
    },
    async *list(prefix) {
      for (const key of [...objects.keys()].toSorted()) {
        const found = key.startsWith(prefix) ? info(key) : undefined;
        if (found !== undefined) yield Promise.resolve(found);
      }
    },
    async copy(source, target) {
      const found = objects.get(source);
      if (found !== undefined) objects.set(target, { ...found, etag: String((writes += 1)) });
      return Promise.resolve();
    },
    async remove(key) {
      objects.delete(key);
      return Promise.resolve();
    },
    age(key, modified) {
      const found = objects.get(key);
      if (found !== undefined) objects.set(key, { ...found, modified });
    },
  };
}
