import type { Forge } from '../../forge/index.ts';
import type { PipelineSources } from '../../gitlab/index.ts';
import type { ReadInclude } from '../../includes/index.ts';
import type { PipelineSubject } from '../../pipeline/index.ts';

/**
 * Returns the files of a commit that the configuration of its pipeline may read. Without `compare_to`, `changes`
 * compares a pull request or a commit of a merge queue with its base, and a push with the previous head of the branch;
 * tags, schedules and requests have nothing to compare with (GitLab, "rules:changes"). Without `fetchInclude`, texts from
 * outside of the repository are refused.
 */
export function commitSources(forge: Forge, subject: PipelineSubject, fetchInclude?: ReadInclude): PipelineSources {
  const { sha } = subject;
  return {
    ...(fetchInclude === undefined ? {} : { fetchInclude }),
    readFile: async (path) => (await forge.readFile(sha, path))?.toString('utf8'),
    listFiles: () => forge.listFiles(sha),
    changedPaths: async (compareTo) => {
      const from = compareTo ?? comparedWith(subject);
      return from === undefined ? undefined : forge.changedPaths(sha, from);
    },
  };
}

function comparedWith({ refType, source, base, beforeSha }: PipelineSubject): string | undefined {
  if (refType === 'pull-request' || refType === 'merge-queue') return base;
  return refType === 'branch' && (source === 'push' || source === 'parent_pipeline')
    ? (beforeSha ?? 'HEAD~1')
    : undefined;
}
