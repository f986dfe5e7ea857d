import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packFolder } from './pack.ts';
import type { FileDigest } from './provenance.ts';

interface SpackRelease {
  readonly version: string;
  /** URL of the folder that archives are downloaded from; by default they are in the current folder. */
  readonly location?: string;
  /** SHA-256 of the archive of each machine, as Python names it. */
  readonly digests: Readonly<Record<string, string>>;
}

/** Returns the recipe of Slipway with a release filled in. */
export function fillRecipe(recipe: string, { version, location, digests }: SpackRelease): string {
  const filled = recipe.replace('_archives = {}', `_archives = ${JSON.stringify({ [version]: digests })}`);
  if (filled === recipe) throw new Error('The recipe of Slipway has no `_archives = {}` to fill in.');
  return location === undefined ? filled : filled.replace(/^_location = .*$/m, () => `_location = "${location}"`);
}

interface Packing {
  readonly checkout: string;
  readonly scratch: string;
  readonly to: string;
  readonly epoch: number;
  /** Files of the release, among them the archive of each machine. */
  readonly files: readonly FileDigest[];
}

/** Packs the repository of recipes of a release. Returns the path of the archive. */
export async function packSpack(version: string, { checkout, scratch, to, epoch, files }: Packing): Promise<string> {
  const folder = join(scratch, 'slipway-spack');
  await cp(join(checkout, 'contrib/spack'), folder, { recursive: true });
  const recipe = join(folder, 'packages/slipway/package.py');
  const digestFor = (name: string) => files.find((one) => one.name.endsWith(`-${name}.tar.gz`))?.sha256 ?? '';
  const digests = { x86_64: digestFor('x64'), aarch64: digestFor('arm64') };
  await writeFile(
    recipe,
    fillRecipe(await readFile(recipe, 'utf8'), { version, location: location(version), digests }),
  );
  const archive = join(to, `slipway-${version}-spack.tar.gz`);
  await packFolder(folder, { archive, epoch });
  return archive;
}

/** Returns where the release of the CI system that runs this has its files. */
function location(version: string): string | undefined {
  const { GITHUB_SERVER_URL, GITHUB_REPOSITORY, CI_API_V4_URL, CI_PROJECT_ID } = process.env;
  if (GITHUB_REPOSITORY !== undefined) return `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/releases/download/v${version}`;
  if (CI_API_V4_URL === undefined) return undefined;
  return `${CI_API_V4_URL}/projects/${CI_PROJECT_ID}/packages/generic/slipway/${version}`;
}
