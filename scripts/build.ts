import { createHash } from 'node:crypto';
import { readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type BuildOptions, type Plugin } from 'esbuild';
import { bundledPackages, thirdPartyLicenses, type BundledPackage } from './third-party-licenses.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** libsql loads a native library; openpgp is LGPL and stays a file that users can exchange. */
const external = ['libsql', 'openpgp'];

/** As in `bin/slipway.js`. */
const jobPrograms = ['generate', 'rebuild'];

/** Packages in CommonJS ask for built-in modules through `require`, which ES modules lack. */
const requireShim =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

/**
 * Commander starts programs for commands that are files of their own; we have none, and a job need not load what starts
 * them.
 */
const noPrograms: Plugin = {
  name: 'no-programs',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      importer.includes('/commander/') ? { path: 'child_process', namespace: 'none' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'none' }, () => ({ contents: 'module.exports = {};' }));
  },
};

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  external,
  minifyWhitespace: true,
  minifySyntax: true,
  logLevel: 'warning',
} satisfies BuildOptions;

/** What `bundle` made. */
interface Bundle {
  /** Absolute paths of what it wrote. */
  readonly files: readonly string[];
  /** Packages whose code is inside. */
  readonly packages: readonly BundledPackage[];
}

/**
 * Bundles the command line into `dist/`: one small entry, and a chunk for each command that is loaded when it is asked
 * for. The commands that jobs start are programs of their own beside it. New files are written before old ones are
 * removed, so that a program started meanwhile finds its chunks.
 */
export async function bundle(folder: string = join(root, 'dist')): Promise<Bundle> {
  const { metafile } = await build({
    ...common,
    entryPoints: { start: 'src/cli/start.ts' },
    outdir: folder,
    splitting: true,
    format: 'esm',
    banner: { js: requireShim },
    chunkNames: 'chunks/[name]-[hash]',
    legalComments: 'linked',
    metafile: true,
  });
  const programs = await Promise.all(jobPrograms.map(async (name) => bundleJob(name, folder)));
  const packages = await bundledPackages(Object.keys(metafile.inputs).map((path) => resolve(root, path)));
  const licenses = join(folder, 'third-party-licenses.txt');
  await writeFile(licenses, await thirdPartyLicenses(packages));
  const files = [...Object.keys(metafile.outputs).map((path) => resolve(root, path)), ...programs.flat(), licenses];
  await removeStale(folder, new Set(files));
  return { files, packages };
}

/** Writes a command as one whole file, which `bin/code-cache.js` runs. */
async function bundleJob(name: string, folder: string): Promise<readonly string[]> {
  const { outputFiles } = await build({
    ...common,
    entryPoints: [`src/cli/jobs/${name}.ts`],
    outfile: join(folder, `${name}.cjs`),
    format: 'cjs',
    plugins: [noPrograms],
    supported: { 'dynamic-import': false },
    define: { 'import.meta.url': 'importMetaUrl' },
    banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
    charset: 'ascii',
    legalComments: 'linked',
    write: false,
  });
  for (const { path, text } of outputFiles) {
    await writeFile(`${path}.new`, path.endsWith('.cjs') ? withDigest(text) : text);
    await rename(`${path}.new`, path);
  }
  return outputFiles.map(({ path }) => path);
}

/**
 * Adds a last line with the digest of everything before it. `bin/code-cache.js` compares it to find out whether a cache
 * holds the bytecode of this very program.
 */
export function withDigest(text: string): string {
  const whole = `${text.trimEnd()}\n`;
  return `${whole}//${createHash('sha256').update(whole).digest('hex')}`;
}

async function removeStale(folder: string, keep: ReadonlySet<string>): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const isOther = /^(?:web|docs)\//.test(relative(folder, path));
    if (entry.isFile() && !isOther && !keep.has(path)) await rm(path, { force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { buildWeb } = await import('./build-web.ts');
  await Promise.all([bundle(), buildWeb()]);
}
