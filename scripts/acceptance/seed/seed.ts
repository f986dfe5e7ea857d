import type { DemoRepository } from '../../../src/demo/demo-repository.ts';
import type { RunningServer } from '../../../src/server/assembly/open-server.ts';
import type { CdashStandIn } from '../../../test/support/cdash.ts';
import type { GithubStandIn } from '../../../test/support/github.ts';
import type { Minio } from '../../../test/support/minio.ts';
import type { SeedParts } from './find-seed.ts';

export const STACK = 'tutorial';
/** The stack that DOWNSTREAM_CI_REPO names. */
export const DOWNSTREAM = 'downstream';
/** The bucket of the seed's `spack.yaml`. */
export const BUCKET = 'spack-binaries-prs';

export interface SeedOptions {
  readonly parts: SeedParts;
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

export interface Seed extends SeedOptions {
  readonly github: GithubStandIn;
  /** The repository that DOWNSTREAM_CI_REPO names. */
  readonly downstream: DemoRepository;
  readonly cdash: CdashStandIn;
  readonly minio: Minio;
  readonly server: RunningServer;
  /** The seed's newest commit. */
  readonly head: string;
  /** The change that brings its `spack.yaml` to a Spack of today. */
  readonly change: Readonly<Record<string, string>>;
  /** Of the key in SPACK_SIGNING_KEY. */
  readonly fingerprint: string;
}
