/** One of a job's caches (https://docs.gitlab.com/ci/yaml/#cache); variables not yet expanded. */
export interface CacheWish {
  readonly key: string;
  /** Looked for in this order where there is nothing under the key. */
  readonly fallbackKeys: readonly string[];
  readonly paths: readonly string[];
  /** Also what git does not track. */
  readonly untracked: boolean;
  /** `pull`, `push`, `pull-push`, or a variable that holds one. */
  readonly policy: string;
  readonly when: 'on_success' | 'on_failure' | 'always';
}

/** What it takes to fetch and keep the caches of one job. */
export interface CacheSetting {
  /** What the keys belong to; the same key elsewhere is another cache. */
  readonly place: string;
  readonly expand: (text: string) => string;
  /** Writes a line to the job's log. */
  readonly say: (line: string) => void;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Bytes that an archive may have when unpacked. */
  readonly maxBytes: number;
}
