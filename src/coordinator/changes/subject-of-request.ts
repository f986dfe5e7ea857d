import type { PipelineSubject } from '../../pipeline/index.ts';
import type { RequestRecord } from '../requests/request-ledger.ts';
import { trustOfRequest } from './trust.ts';

/** Returns what the pipeline of a request runs on: its head, merged into its base. */
export function subjectOfRequest(
  request: RequestRecord,
  { sha, tree }: { readonly sha: string; readonly tree: string },
): PipelineSubject {
  const { stack, number, headSha: head, baseSha: base } = request;
  return {
    stack,
    source: 'pull_request',
    refType: 'pull-request',
    ref: `pull/${number}`,
    head,
    base,
    sha,
    tree,
    trust: trustOfRequest(request),
    request: number,
  };
}
