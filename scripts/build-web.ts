import { fileURLToPath } from 'node:url';
import { build } from 'vite';

/** Builds the page into `dist/web`, with names that change with their content. */
export async function buildWeb(): Promise<void> {
  await build({ configFile: fileURLToPath(new URL('../web/vite.config.ts', import.meta.url)) });
}
