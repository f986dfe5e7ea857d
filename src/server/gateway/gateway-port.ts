import type { Clock, Logger } from '../../kit/index.ts';
import type { ObjectStore } from '../../mirror/index.ts';
import type { Refusal } from './audit-file.ts';
import type { Grant } from './s3-grant.ts';

/** What the gateway needs of the server. Every call may come at any time, also several at once. */
export interface GatewayPort {
  /** The secret and the rights of a running job's access key; undefined once the job has ended. */
  credentials(accessKeyId: string): Promise<{ readonly secretAccessKey: string; readonly grant: Grant } | undefined>;
  /** The whole mirror of a stack: keys with `pr/<number>/…`. */
  store(bucket: string): ObjectStore | undefined;
  /**
   * Takes in what makes an entry visible: a package's manifest (layout v3) or its spec file (layout v2). When it
   * returns, the entry is visible. Throws a SlipwayError to refuse.
   */
  acceptManifest(grant: Grant, key: string, manifest: string): Promise<void>;
  /** Folder for bodies while they come in; what is left there after a crash may be removed at start. */
  readonly scratch: string;
  /** Folder for what must outlive a restart: parts of uploads, and the tags of large objects. */
  readonly kept?: string;
  readonly log: Logger;
  /** Told of each request that a job was not allowed. */
  readonly audit?: (refusal: Refusal) => void;
  readonly clock?: Clock;
  /** Bytes; 10 GiB unless told. */
  readonly maxObjectBytes?: number;
  /** Least bytes of an upload's parts, but the last; 5 MiB unless told, as with S3. */
  readonly minPartBytes?: number;
  /** The server's own host name: requests to `<bucket>.<host>` name the bucket there and not in their path. */
  readonly host?: () => string;
}
