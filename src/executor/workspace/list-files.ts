import { readdirSync } from 'node:fs';
import { runProgram } from '../../kit/index.ts';

const QUESTION = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'];

export interface ListedFiles {
  readonly paths: readonly string[];
  /** Paths that are not UTF-8, byte by byte. */
  readonly rawPaths: readonly Buffer[];
}

/**
 * The files of a repository's folder as they are now, without what git ignores. Throws where there is no repository.
 */
export async function listFiles(folder: string): Promise<ListedFiles> {
  const { stdout } = await runProgram('git', ['-C', folder, ...QUESTION], { env: 'inherited' });
  return byEncoding(piecesOf(stdout));
}

/** All that a folder holds, sorted, folders too. */
export function listTree(folder: string): ListedFiles {
  const found: Buffer[] = [];
  const open = [Buffer.from('')];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const path = Buffer.concat([Buffer.from(`${folder}/`), at]);
    for (const entry of readdirSync(path, { withFileTypes: true, encoding: 'buffer' })) {
      const path = Buffer.concat([at, at.length === 0 ? at : SLASH, entry.name]);
      found.push(path);
      if (entry.isDirectory()) open.push(path);
    }
  }
  const { paths, rawPaths } = byEncoding(found);
  return { paths: paths.toSorted(), rawPaths: rawPaths.toSorted((a, b) => Buffer.compare(a, b)) };
}

const SLASH = Buffer.from('/');

function byEncoding(found: Iterable<Buffer>): ListedFiles {
  const paths: string[] = [];
  const rawPaths: Buffer[] = [];
  for (const bytes of found) {
    const path = bytes.toString('utf8');
    if (Buffer.from(path).equals(bytes)) paths.push(path);
    else rawPaths.push(bytes);
  }
  return { paths, rawPaths };
}

/** What `-z` separates. */
function* piecesOf(bytes: Buffer): Generator<Buffer> {
  let start = 0;
  for (let end = bytes.indexOf(0); end !== -1; end = bytes.indexOf(0, start)) {
    if (end > start) yield bytes.subarray(start, end);
    start = end + 1;
  }
}
