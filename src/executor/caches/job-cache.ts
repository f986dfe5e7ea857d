/** What it takes to restore and save the caches of one job (https://docs.gitlab.com/ci/yaml/#cache). */
export interface CacheSetting {
  /** What the keys belong to; the same key elsewhere is another cache. */
  readonly scope: string;
  readonly expand: (text: string) => string;
  /** Writes a line to the job's log. */
  readonly print: (line: string) => void;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Bytes that an archive may have when unpacked. */
  readonly maxBytes: number;
}
