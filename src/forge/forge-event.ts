import type { CheckCommand } from './commit-status.ts';
import type { MergeGroup } from './merge-group.ts';
import type { RefName } from './refs.ts';

/** Name of the account that pushed, as it was authenticated; never the author of a commit. */
export type Actor = string;

/** The push that made a branch or a tag name this object. */
export interface Push {
  readonly ref: RefName;
  readonly sha: string;
  readonly actor: Actor;
}

export interface PullRequest {
  /** Decimal; the forge's own number, or one that we gave to a branch. */
  readonly number: string;
  readonly title: string;
  readonly headSha: string;
  /** Name of the branch that it is to be merged into. */
  readonly baseBranch: string;
  readonly baseSha: string;
  /** Whether the head is in a repository that outsiders can write to. */
  readonly fork: boolean;
  readonly author: string;
  /** Whether it is marked as not ready; absent at forges without drafts. */
  readonly draft?: boolean;
  /** Absent at forges without labels. */
  readonly labels?: readonly string[];
  /** What the author is to the repository, in GitHub's words: `OWNER`, `MEMBER`, `FIRST_TIME_CONTRIBUTOR`, … */
  readonly authorAssociation?: string;
}

/** What happened at a remote, as far as a pipeline cares. */
export type ForgeEvent =
  | {
      readonly type: 'branch-pushed';
      readonly branch: string;
      readonly sha: string;
      readonly beforeSha?: string;
      readonly actor?: Actor;
    }
  | {
      readonly type: 'tag-pushed';
      readonly tag: string;
      /** Of the commit. */
      readonly sha: string;
      /** Of what the tag names, where that is a tag with a message of its own. */
      readonly objectSha?: string;
      readonly actor?: Actor;
    }
  | { readonly type: 'pull-request-updated'; readonly pullRequest: PullRequest }
  | {
      readonly type: 'pull-request-closed';
      readonly number: string;
      readonly merged: boolean;
      /** The commit that the merge made in the base branch, where the forge reports it. */
      readonly mergeSha?: string;
    }
  | ({ readonly type: 'check-clicked' } & CheckClick)
  | { readonly type: 'merge-queued'; readonly group: MergeGroup }
  /** The branch has it now, or it was thrown out of the queue. */
  | { readonly type: 'merge-dequeued'; readonly number: string; readonly sha: string; readonly merged: boolean };

/** A person had something done by a button of a check. The forge lists these nowhere. */
export interface CheckClick {
  readonly sha: string;
  /** Name of the check; absent for all of the commit. */
  readonly context?: string;
  readonly command: CheckCommand;
  readonly actor: Actor;
}
