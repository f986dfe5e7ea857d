import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { atomicWrite } from '../src/kit/index.ts';
import { referencePages, root } from './reference/pages.ts';

/** `npm run generate`: writes the pages that are made from the code, and names those that changed. */
for (const [path, text] of await referencePages()) {
  const old = await readFile(join(root, path), 'utf8').catch(() => undefined);
  if (old === text) continue;
  await atomicWrite(join(root, path), text);
  console.log(`written: ${path}`);
}
