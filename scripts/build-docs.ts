import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { readBundledModules } from './docs/bundled-modules.ts';
import { bundledPackages, thirdPartyLicenses, type BundledPackage } from './third-party-licenses.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Builds the site of `docs/`, which the server shows under `/docs`. Fails for a broken link. */
export async function buildDocs(site: string = join(root, 'dist/docs')): Promise<readonly BundledPackage[]> {
  await rm(site, { recursive: true, force: true });
  // A process of its own, because VitePress keeps the state of a build.
  await execa('npx', ['vitepress', 'build', 'docs', '--outDir', site], { cwd: root });
  const packages = await bundledPackages(await readBundledModules(join(root, 'node_modules/.cache/vitepress')));
  await writeFile(join(site, 'third-party-licenses.txt'), await thirdPartyLicenses(packages));
  return packages;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildDocs();
  const { length } = await readFile(join(root, 'dist/docs/index.html'), 'utf8');
  process.stdout.write(`written: dist/docs (index.html: ${length} bytes)\n`);
}
