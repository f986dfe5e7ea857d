import { readFileSync, readdirSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface SourceFile {
  /** From the repository's root, with `/`. */
  readonly path: string;
  readonly text: string;
}

const repository = fileURLToPath(new URL('../..', import.meta.url));
const codeFile = /\.(tsx?|js)$/;

/** Reads the code below a folder of the repository, sorted by path. */
export function readSources(folder = 'src'): readonly SourceFile[] {
  return readdirSync(join(repository, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => codeFile.test(path))
    .toSorted()
    .map((path) => ({ path: `${folder}/${path}`, text: readFileSync(join(repository, folder, path), 'utf8') }));
}

/** Returns the text without comments that stand on lines of their own. */
export function codeOf(text: string): string {
  return text.replace(/^\s*\/\*[\s\S]*?\*\//gm, '').replace(/^\s*\/\/.*$/gm, '');
}

/** Returns the module that a file of `src/` belongs to. */
export function moduleOf(path: string): string | undefined {
  return /^src\/([^/]+)\/.+/.exec(path)?.[1];
}

/** Returns the file that a relative import names; any other import as it is. */
export function resolveImport(from: string, specifier: string): string {
  return specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier) : specifier;
}

export function isTest(path: string): boolean {
  return /\.(test|contract)\.tsx?$/.test(path);
}
