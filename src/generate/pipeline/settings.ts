import type { ScriptKind } from './scripts.ts';
import type { MappingAnswers } from '../ci/dynamic-mapping.ts';
import type { CiSection } from '../ci/ci-section.ts';
import type { LegacySection } from '../ci/legacy-section.ts';
import type { PhaseList } from '../ci/legacy-phases.ts';

export type PipelineType = 'spack_pull_request' | 'spack_protected_branch' | 'spack_copy_only';

/** What is known when a pipeline is written, beside the lock and the plan. */
export interface PipelineSettings {
  /** Folder of the artifacts, relative to the project. */
  readonly artifactsRoot: string;
  /** Folder of the environment (spack.yaml, recipes), relative to the project. */
  readonly environment: string;
  readonly pipelineType?: PipelineType;
  /**
   * Spack's reserved tags are given and taken by the kind of pipeline: only where SPACK_PIPELINE_TYPE says the kind.
   */
  readonly reservesTags?: boolean;
  /** The job that leaves the lock, and its pipeline: `CI_JOB_NAME`, `CI_PIPELINE_ID` of the generating job. */
  readonly generator?: { readonly job: string; readonly pipeline: string };
  readonly script: ScriptKind;
  /** The stack's own rules; without them the jobs are plain. */
  readonly rules?: StackRules;
  /** Group, and the time that makes the stamp of all builds. */
  readonly cdash?: { readonly group: string; readonly now: Date };
  /** Where binaries go, and for copies where they come from. */
  readonly mirrors?: { readonly destination?: MirrorUrls; readonly source?: MirrorUrls };
  /** SPACK_COPY_BUILDCACHE: the mirror that somebody copies the binaries to afterwards. */
  readonly copyTo?: string;
  /** False where somebody else keeps the mirror's index: the server does. */
  readonly rebuildsIndex?: boolean;
  /** What mirrors hold is built too. */
  readonly nothingPruned?: boolean;
  /** What the change does not touch is left out. */
  readonly prunesUntouched?: boolean;
  /** `name@version /hash7` for all jobs, whatever Spack calls them. */
  readonly shortNames?: boolean;
  /** SPACK_JOB_SPEC_VARIANTS is left out: nobody who builds reads it, and it is long. */
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
