import type { ScriptKind } from './scripts.ts';
import type { MappingAnswers } from '../ci/dynamic-mapping.ts';
import type { CiSection } from '../ci/ci-section.ts';
import type { LegacySection } from '../ci/legacy-section.ts';
import type { PhaseList } from '../ci/legacy-phases.ts';

export type PipelineType = 'spack_pull_request' | 'spack_protected_branch' | 'spack_copy_only';

/** The inputs of a pipeline besides the lock and the plan. */
export interface PipelineSettings {
  /** Folder of the artifacts, relative to the project. */
  readonly artifactsRoot: string;
  /** Folder of the environment (spack.yaml, recipes), relative to the project. */
  readonly environment: string;
  readonly pipelineType?: PipelineType;
  /**
   * Spack adds and removes its reserved tags by the type of the pipeline, only if SPACK_PIPELINE_TYPE is set.
   */
  readonly reservesTags?: boolean;
  /** The job that leaves the lock, and its pipeline: `CI_JOB_NAME`, `CI_PIPELINE_ID` of the generating job. */
  readonly generator?: { readonly job: string; readonly pipeline: string };
  readonly script: ScriptKind;
  /** The stack's own rules; without them the jobs are plain. */
  readonly rules?: StackRules;
  /** Group, and the time that makes the stamp of all builds. */
  readonly cdash?: { readonly group: string; readonly now: Date };
  /** The destination of binaries, and for copies their source. */
  readonly mirrors?: { readonly destination?: MirrorUrls; readonly source?: MirrorUrls };
  /** SPACK_COPY_BUILDCACHE: the mirror to which the binaries are copied afterwards. */
  readonly copyTo?: string;
  /** False if the server maintains the mirror's index. */
  readonly rebuildsIndex?: boolean;
  /** Packages on mirrors are built, too. */
  readonly nothingPruned?: boolean;
  /** Packages that the change does not touch are left out. */
  readonly prunesUntouched?: boolean;
  /** Names all jobs `name@version /hash7` instead of Spack's names. */
  readonly shortNames?: boolean;
  /**
   * Leaves out SPACK_JOB_SPEC_VARIANTS, which no build reads and is long, and lets GitLab compose CDash's name of a build.
   */
  readonly withoutVariants?: boolean;
  /** Further variables of all jobs: SPACK_REPO, SPACK_REF, SPACK_CI_STACK_NAME, SPACK_REQUIRE_SIGNING. */
  readonly variables?: Readonly<Record<string, string>>;
}

interface MirrorUrls {
  readonly fetchUrl: string;
  readonly pushUrl: string;
}

export type StackRules =
  | { readonly kind: 'ci'; readonly section: CiSection; readonly answers: MappingAnswers }
  | { readonly kind: 'gitlab-ci'; readonly section: LegacySection; readonly bootstrap: readonly PhaseList[] };
