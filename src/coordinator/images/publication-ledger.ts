import type { Actor } from '../../forge/index.ts';
import type { Published, ReplacedImages } from '../../image/index.ts';

/** Why an image is published again of the same commit and lock: its base has moved. */
export interface Rebase extends ReplacedImages {
  /** Id of the publication whose image it replaces. */
  readonly of: string;
  /** The tag that the rule makes; the image's own is another one where tags do not move. */
  readonly tag: string;
}

export interface Publication extends Partial<Published> {
  readonly id: string;
  readonly stack: string;
  readonly repository: string;
  readonly tag: string;
  /** A pull request's is its preview, which the request's own pipeline made; `ref` is `pull/<number>` then. */
  readonly refType: 'branch' | 'tag' | 'pull-request';
  readonly ref: string;
  readonly commit: string;
  readonly tree: string;
  /** Of what the tag of the repository names, where that is not the commit itself. */
  readonly objectSha?: string;
  /** Who pushed it, if a rule depends on that. */
  readonly actor?: Actor;
  /** It was refused because it was unknown who pushed it; it is decided again once that is known. */
  readonly lacksActor?: boolean;
  /**
   * `waiting` for its protected pipeline, then `published`; `refused` when that failed; `failed` when publishing did;
   * `removed`: a preview whose request is over.
   */
  readonly state: 'waiting' | 'published' | 'refused' | 'failed' | 'removed';
  /** A preview that is to be removed; what a registry does not let be removed stays, with a `message`. */
  readonly toRemove?: boolean;
  /** How many attempts at publishing have failed. */
  readonly attempts?: number;
  /** When a waiting publication is tried again after a failure that may pass. */
  readonly retryAt?: string;
  /** Refused because the tag already names the image of a newer commit. */
  readonly superseded?: boolean;
  /** A person accepted that this publication replaces whatever its tag names. */
  readonly replace?: boolean;
  /** Digest that the tag was about to name: it is ours even if the server ended before it recorded that. */
  readonly tagging?: string;
  readonly rebase?: Rebase;
  /** The message and the remedy as one line, for the commit's status. */
  readonly summary?: string;
  readonly pipeline?: string;
  readonly message?: string;
  readonly createdAt: string;
  readonly finishedAt?: string;
}

interface PublicationFilter {
  readonly repository?: string;
  readonly tag?: string;
  /** Hash of a package that the image contains. */
  readonly contains?: string;
  /** Only those that were recorded before this id. */
  readonly before?: string;
  readonly limit: number;
}

/** Publications of images, and the packages that they contain. Every call is one transaction. */
export interface PublicationLedger {
  addPublication(publication: Omit<Publication, 'id' | 'state'>): Publication;
  updatePublication(id: string, change: Partial<Publication>): void;
  publications(stack: string, state?: Publication['state']): readonly Publication[];
  publication(id: string): Publication | undefined;
  /** Returns the publications of a stack that match, the newest first. */
  searchPublications(stack: string, filter: PublicationFilter): readonly Publication[];
  /** Records the packages that a published image contains, by their hashes. */
  setImagePackages(id: string, hashes: readonly string[]): void;
}
