/** https://docs.gitlab.com/ci/pipelines/downstream_pipelines/#nested-child-pipelines */
const DEEPEST = 2;
/**
 * Pipelines below a topmost one: https://docs.gitlab.com/administration/instance_limits/#limit-pipeline-hierarchy-size
 */
const MOST = 1000;

export interface FamilySize {
  /** How many pipelines stand above the one that is to have a child. */
  readonly depth: number;
  /** All pipelines of its family, itself included. */
  readonly pipelines: number;
}

interface ChildRefusal {
  /** GitLab's failure reason. */
  readonly reason: string;
  readonly message: string;
}

/** Why a pipeline may have no further child: without an end, one that triggers itself would never come to it. */
export function childRefusal({ depth, pipelines }: FamilySize): ChildRefusal | undefined {
  if (depth >= DEEPEST)
    return {
      reason: 'reached_max_descendant_pipelines_depth',
      message: `Child pipelines may be nested ${DEEPEST} levels deep, and this would be one more`,
    };
  if (pipelines > MOST)
    return {
      reason: 'reached_max_pipeline_hierarchy_size',
      message: `A pipeline may have ${MOST} pipelines below it, and this would be one more`,
    };
  return undefined;
}
