import { open, readdir, readlink, symlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';

/** Where the spec file that a package had is kept, as a record, by where it was. */
export const keptSpecFiles: readonly (readonly [string, string])[] = ['yaml', 'json'].map(
  (format) => [`.spack/spec.${format}`, `.spack/layout-0.spec.${format}`] as const,
);

const CHUNK = 4 * 2 ** 20;

/**
 * Puts other hashes in the place of those that files and links of a folder name. All hashes are equally long, so that
 * nothing in a program moves: a package that was installed at a path with its old hash becomes one that was at a path
 * with the new. The spec file that it had (`keptSpecFiles`) is left as it is.
 */
export async function swapHashes(folder: string, hashes: ReadonlyMap<string, string>): Promise<void> {
  const kept = new Set(keptSpecFiles.map(([, aside]) => join(folder, aside)));
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isSymbolicLink()) await swapLink(path, hashes);
    else if (entry.isFile() && !kept.has(path)) await swapFile(path, hashes);
  }
}

async function swapLink(path: string, hashes: ReadonlyMap<string, string>): Promise<void> {
  const before = await readlink(path);
  let after = before;
  for (const [old, now] of hashes) after = after.replaceAll(old, now);
  if (after === before) return;
  await unlink(path);
  await symlink(after, path);
}

async function swapFile(path: string, hashes: ReadonlyMap<string, string>): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const overlap = Math.max(0, ...[...hashes.keys()].map((hash) => hash.length - 1));
    const buffer = Buffer.alloc(CHUNK + overlap);
    for (let start = 0; ; start += CHUNK) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, start);
      const bytes = buffer.subarray(0, bytesRead);
      for (const [old, now] of hashes)
        for (let at = bytes.indexOf(old); at >= 0; at = bytes.indexOf(old, at + old.length))
          await file.write(now, start + at);
      if (bytesRead < buffer.length) return;
    }
  } finally {
    await file.close();
  }
}
