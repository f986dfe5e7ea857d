import PQueue from 'p-queue';
import { BoundedMap } from '../../kit/index.ts';
import { listFiles, type Entry, type ListedFiles, type ObjectStore } from '../../mirror/index.ts';

/** Packages whose files are remembered. */
const KEPT = 50;

/**
 * Returns a function that lists the files of packages, one archive at a time: reading a large one takes a processor for
 * seconds.
 */
export function filesReader(): (store: ObjectStore, entry: Entry) => Promise<ListedFiles> {
  const queue = new PQueue({ concurrency: 1 });
  const known = new BoundedMap<string, Promise<ListedFiles>>(KEPT);
  return (store, entry) => {
    const { sha256 } = entry.tarball;
    const files = known.get(sha256) ?? queue.add(() => listFiles(store, entry));
    known.set(sha256, files);
    files.catch(() => known.delete(sha256));
    return files;
  };
}
