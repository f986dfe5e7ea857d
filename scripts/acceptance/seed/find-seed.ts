import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findSpacks } from '../../../test/support/spack-lab.ts';
import { findPart } from '../../../test/support/part.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** The real parts of the run with the seed's repository. */
export interface SeedParts {
  /** A clone of github:spack/spack-tutorial-container, bare or not. */
  readonly repository: string;
  /** A clone of Spack 0.23. */
  readonly spack: string;
  readonly minio: string;
  readonly registry: string;
  readonly gpg: string;
}

/** Finds the parts, or else lists those that are missing. */
export async function findSeedParts(
  env: Variables,
): Promise<{ readonly parts: SeedParts | undefined; readonly missing: readonly string[] }> {
  const missing: string[] = [];
  const need = (found: string | undefined, what: string): string => {
    if (found === undefined || found === '') missing.push(what);
    return found ?? '';
  };
  const repository = folderOf(env.SLIPWAY_TEST_SEED_REPOSITORY);
  const spack = (await findSpacks({ SPACK_ROOT: env.SPACK_ROOT })).find(({ version }) => version.startsWith('0.23'));
  const parts = {
    repository: need(repository, 'SLIPWAY_TEST_SEED_REPOSITORY: a clone of github:spack/spack-tutorial-container'),
    spack: need(spack?.root, 'SPACK_ROOT: a clone of Spack 0.23'),
    minio: need(findPart('minio'), 'minio'),
    registry: need(findPart('docker-registry'), 'docker-registry'),
    gpg: need(findPart('gpg'), 'gpg'),
  };
  need(findPart('buildah'), 'buildah');
  if (process.getuid?.() !== 0) missing.push('root, whose programs the base image is made of');
  return { parts: missing.length === 0 ? parts : undefined, missing };
}

function folderOf(path: string | undefined): string | undefined {
  return path !== undefined && path !== '' && existsSync(join(path, '.')) ? path : undefined;
}
