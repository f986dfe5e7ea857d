import type { Git } from './git-command.ts';
import type { GitObject } from './object-output.ts';

export interface TreeEntry {
  readonly kind: 'tree' | 'file' | 'executable' | 'other';
  /** Below the requested tree; empty for that itself. */
  readonly path: string;
  readonly sha: string;
}

/** The rest are symbolic links and submodules. */
const KINDS: Readonly<Record<string, TreeEntry['kind']>> = {
  '40000': 'tree',
  '100644': 'file',
  '100755': 'executable',
};
/** A group-writable file, as git wrote them before 2005. */
const OLD_FILE = '100664';

/** Returns the entry at a path of a commit's tree; undefined if there is none. Links are not followed. */
export async function entryAt(git: Git, tree: string, path: string): Promise<TreeEntry | undefined> {
  let found: TreeEntry | undefined = { kind: 'tree', path: '', sha: tree };
  for (const name of path.split('/').filter((part) => part !== '')) {
    if (found?.kind !== 'tree') return undefined;
    found = (await entriesOf(git, found)).find((entry) => entry.path === name);
  }
  return found;
}

/** All that is no folder at or below an entry, in git's order, with paths below the entry. */
export async function filesBelow(git: Git, entry: TreeEntry): Promise<readonly TreeEntry[]> {
  if (entry.kind !== 'tree') return [{ ...entry, path: '' }];
  const found: TreeEntry[] = [];
  for (const one of await entriesOf(git, entry)) {
    for (const file of await filesBelow(git, one))
      found.push({ ...file, path: file.path === '' ? one.path : `${one.path}/${file.path}` });
  }
  return found;
}

async function entriesOf(git: Git, { sha }: TreeEntry): Promise<readonly TreeEntry[]> {
  return parseTree(await git.object(sha));
}

/** A tree as git stores it: `<mode> <name>`, NUL, and the SHA's bytes, one entry after the other. */
function parseTree(object: GitObject | undefined): readonly TreeEntry[] {
  if (object?.type !== 'tree') return [];
  const { bytes, sha } = object;
  const entries: TreeEntry[] = [];
  const length = sha.length / 2;
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(' ', at);
    const end = bytes.indexOf(0, space);
    const mode = bytes.toString('latin1', at, space);
    entries.push({
      kind: KINDS[mode === OLD_FILE ? '100644' : mode] ?? 'other',
      path: bytes.toString('utf8', space + 1, end),
      sha: bytes.toString('hex', end + 1, end + 1 + length),
    });
    at = end + 1 + length;
  }
  return entries;
}
