import { createHash } from 'node:crypto';
import { base32, compareText } from '../../kit/index.ts';
import type { ResolvedPackage } from './resolve.ts';
import { digestSourceFolder } from './source-digest.ts';

/**
 * What Spack calls `package_hash`: covers how a package is made (its recipe, without comments and layout) and of what
 * (the source's content). Base32 of SHA-256, as Spack writes it. Versions that the recipe offers but that were not
 * chosen do not count, nor does the path of a source folder.
 */
export async function packageHash(one: ResolvedPackage, environment: string): Promise<string> {
  const { recipe } = one.loaded;
  const text = JSON.stringify({
    name: one.name,
    version: one.version,
    source: await sourceIdentity(one, environment),
    depends: one.dependencies.map(({ name, types }) => [name, types]),
    env: Object.entries(recipe.env).toSorted(([a], [b]) => compareText(a, b)),
    build: recipe.build ?? [],
    install: recipe.install,
    test: recipe.test ?? [],
    // Undefined does not change the hash of recipes without it.
    environment: recipe.environment,
  });
  return base32(createHash('sha256').update(text).digest());
}

async function sourceIdentity(one: ResolvedPackage, environment: string): Promise<string | null> {
  if (one.source === undefined) return null;
  if ('url' in one.source) return one.source.sha256;
  return digestSourceFolder({ recipe: one.name, environment, ...one.source });
}
