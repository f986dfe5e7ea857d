import type { Clock, RetryOptions } from '../../kit/index.ts';

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** Milliseconds since 1970; absent for a pair that lasts. */
  readonly expires?: number;
}

/** What can be found out only by reading files or asking others, such as a profile or the role of a machine. */
export interface S3Settings {
  readonly credentials?: S3Credentials;
  readonly region?: string;
  readonly endpoint?: string;
}

export interface S3Options {
  /** `https://host[:port]`, without the bucket. Failing all else, Amazon's of the region. */
  readonly endpoint?: string;
  readonly bucket: string;
  /** Put before every key; no slash at either end. */
  readonly prefix?: string;
  /** Without an access key requests are anonymous. */
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  readonly sessionToken?: string;
  readonly region?: string;
  /** `path` (default): the bucket is the first part of the path; `virtual`: it is part of the host's name. */
  readonly addressing?: 'path' | 'virtual';
  /**
   * Called before the first request, and again before its credentials expire; the options above take precedence.
   */
  readonly settings?: () => Promise<S3Settings>;
  /** Files larger than this go in parts (default: 64 MiB). */
  readonly multipartAbove?: number;
  /** Bytes of a part (default: 16 MiB, more for files that would have over 9,000 of them). */
  readonly partSize?: number;
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  readonly retry?: RetryOptions;
  readonly clock?: Clock;
}
