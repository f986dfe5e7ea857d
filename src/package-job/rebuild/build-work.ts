import type { SlipwayError } from '../../kit/index.ts';
import type { Lockfile, SpecNode } from '../../spack/index.ts';
import type { JobMirrors } from './job-mirrors.ts';
import type { RebuildJob } from './rebuild-job.ts';

/** A package that no mirror has yet. */
export interface BuildWork {
  readonly job: RebuildJob;
  readonly lock: Lockfile;
  readonly node: SpecNode;
  /** Or why they cannot be read. */
  readonly mirrors: JobMirrors | SlipwayError;
  readonly runTests: boolean;
}
