import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build, type Rollup } from 'vite';
import { thirdPartyLicenses } from './third-party-licenses.ts';

/** Builds the page into `dist/web`, with names that change with their content. */
export async function buildWeb(): Promise<void> {
  const configFile = fileURLToPath(new URL('../web/vite.config.ts', import.meta.url));
  const { output } = (await build({ configFile })) as Rollup.RollupOutput;
  const modules = output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
  await writeFile(
    new URL('../dist/web/third-party-licenses.txt', import.meta.url),
    await thirdPartyLicenses(modules.map((id) => id.replace(/^\0/, ''))),
  );
}
