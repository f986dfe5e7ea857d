import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build, type Rollup } from 'vite';
import { bundledPackages, thirdPartyLicenses, type BundledPackage } from './third-party-licenses.ts';

/** Builds the page into `dist/web`, with names that change with their content. Returns the packages that are inside. */
export async function buildWeb(): Promise<readonly BundledPackage[]> {
  const configFile = fileURLToPath(new URL('../web/vite.config.ts', import.meta.url));
  const { output } = (await build({ configFile })) as Rollup.RollupOutput;
  const modules = output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
  const packages = await bundledPackages(modules.map((id) => id.replace(/^\0/, '')));
  await writeFile(new URL('../dist/web/third-party-licenses.txt', import.meta.url), await thirdPartyLicenses(packages));
  return packages;
}
