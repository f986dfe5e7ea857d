import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** A package whose code is in a bundle. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** SPDX expression of its `package.json`. */
  readonly license?: string;
  readonly folder: string;
}

/** Returns the packages that modules come from, by name. `modules` are paths; those outside of `node_modules` are ours. */
export async function bundledPackages(modules: readonly string[]): Promise<readonly BundledPackage[]> {
  const folders = modules.flatMap((path) => /^.*\/?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0] ?? []);
  return Promise.all(
    [...new Set(folders)].toSorted().map(async (folder) => {
      const text = await readFile(join(folder, 'package.json'), 'utf8');
      const { name, version, license } = JSON.parse(text) as Omit<BundledPackage, 'folder'>;
      return { name, version, folder, ...(license === undefined ? {} : { license }) };
    }),
  );
}

/** Returns the licences of bundled packages; most of them require their notice in every copy. */
export async function thirdPartyLicenses(packages: readonly BundledPackage[]): Promise<string> {
  const sections = await Promise.all(packages.map(licenseOf));
  return sections.join(`\n${'-'.repeat(80)}\n\n`);
}

async function licenseOf({ name, version, license, folder }: BundledPackage): Promise<string> {
  const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file)).toSorted();
  if (files.length === 0 && license === undefined) throw new Error(`${name} ${version} names no licence`);
  const texts = await Promise.all(files.map(async (file) => readFile(join(folder, file), 'utf8')));
  return [`${name} ${version}, ${license ?? 'see below'}\n`, ...texts].join('\n');
}
