import type { Clock } from '../kit/index.ts';
import type { IncludePolicy } from './include-policy.ts';
import type { IncludeStore } from './include-store.ts';
import type { RepositoryFiles } from './repositories/repository-files.ts';
import type { Transport } from './transport.ts';

/** What a URL last answered; the text is in the store. */
interface CachedRemote {
  readonly etag: string | undefined;
  readonly sha256: string;
  readonly resolved: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Returns a repository of the server itself that the pipeline may read, by the path of its project. */
export type OwnRepositories = (project: string) => RepositoryFiles | undefined;

export interface IncludeParts {
  readonly policy: IncludePolicy;
  readonly transport: Transport;
  readonly store: IncludeStore;
  readonly clock: Clock;
  /** Answers of URLs, so that a request only asks whether a text has changed. */
  readonly cache: Map<string, CachedRemote>;
  /** Absent where there are none. */
  readonly repositories?: OwnRepositories | undefined;
}

/** What readers of sources work with. */
export interface SourceParts extends IncludeParts {
  /** Aborted when the pipeline's time is over. */
  readonly signal: AbortSignal;
}

export interface IncludedText {
  readonly text: string;
  readonly resolved: string;
}
