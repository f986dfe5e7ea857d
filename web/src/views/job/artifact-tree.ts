import type { ArtifactFile } from '../../../../src/protocol/index.ts';

/** What a folder of an archive holds. */
interface Folder {
  /** With their paths, which end with `/`. */
  readonly folders: readonly { readonly path: string; readonly size: number; readonly count: number }[];
  readonly files: readonly ArtifactFile[];
}

/** Returns the content of a folder: `''` for the topmost one. Archives need not name their folders. */
export function contentOf(files: readonly ArtifactFile[], folder: string): Folder {
  const folders = new Map<string, { path: string; size: number; count: number }>();
  const own: ArtifactFile[] = [];
  for (const file of files) {
    if (!file.name.startsWith(folder) || file.name === folder) continue;
    const slash = file.name.indexOf('/', folder.length);
    if (slash < 0) {
      own.push(file);
      continue;
    }
    const path = file.name.slice(0, slash + 1);
    const known = folders.get(path) ?? { path, size: 0, count: 0 };
    const isFile = file.kind !== 'folder';
    folders.set(path, { path, size: known.size + file.size, count: known.count + (isFile ? 1 : 0) });
  }
  return {
    folders: [...folders.values()].toSorted((a, b) => a.path.localeCompare(b.path)),
    files: own.toSorted((a, b) => a.name.localeCompare(b.name)),
  };
}

/** The folders around a path, the topmost one first. */
export function foldersAround(folder: string): readonly string[] {
  const parts = folder.split('/').filter((part) => part !== '');
  return parts.map((_, index) => `${parts.slice(0, index + 1).join('/')}/`);
}

/** The address of a file in the archive of a job. */
export function artifactAddress(job: string, name: string): string {
  return `/api/v1/jobs/${job}/artifacts/files/${name.split('/').map(encodeURIComponent).join('/')}`;
}
