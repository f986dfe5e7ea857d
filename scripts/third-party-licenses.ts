import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** What `package.json` has of a package whose code is bundled. */
interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

/**
 * Returns the licences of the packages that modules come from, as most of them ask for in every copy.
 * `modules` are paths of files; those outside of `node_modules` are ours.
 */
export async function thirdPartyLicenses(modules: readonly string[]): Promise<string> {
  const folders = modules.flatMap((path) => /^.*\/?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0] ?? []);
  const sections = await Promise.all([...new Set(folders)].toSorted().map(async (folder) => licenseOf(folder)));
  return sections.join(`\n${'-'.repeat(80)}\n\n`);
}

async function licenseOf(folder: string): Promise<string> {
  const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
  const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file)).toSorted();
  if (files.length === 0 && license === undefined) throw new Error(`${name} ${version} names no licence`);
  const texts = await Promise.all(files.map(async (file) => readFile(join(folder, file), 'utf8')));
  return [`${name} ${version}, ${license ?? 'see below'}\n`, ...texts].join('\n');
}
