import { readdir, rm } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** libsql loads a native library; openpgp is LGPL and stays a file that users can exchange. */
const external = ['libsql', 'openpgp'];

/** Packages in CommonJS ask for built-in modules through `require`, which ES modules lack. */
const requireShim =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

/**
 * Bundles the command line into `dist/`: one small entry, and a chunk for each command that is loaded when it is asked for.
 * New files are written before old ones are removed, so that a program started meanwhile finds its chunks.
 */
export async function bundle(folder: string = join(root, 'dist')): Promise<readonly string[]> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { start: 'src/cli/start.ts' },
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    external,
    banner: { js: requireShim },
    chunkNames: 'chunks/[name]-[hash]',
    legalComments: 'linked',
    minifyWhitespace: true,
    minifySyntax: true,
    metafile: true,
    logLevel: 'warning',
  });
  const written = Object.keys(metafile.outputs).map((path) => resolve(root, path));
  await removeStale(folder, new Set(written));
  return written;
}

async function removeStale(folder: string, keep: ReadonlySet<string>): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const isPage = relative(folder, path).startsWith('web/');
    if (entry.isFile() && !isPage && !keep.has(path)) await rm(path, { force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { buildWeb } = await import('./build-web.ts');
  await Promise.all([bundle(), buildWeb()]);
}
