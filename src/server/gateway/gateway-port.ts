import type { AuditEntry } from '../../audit/index.ts';
import type { Clock, Logger } from '../../kit/index.ts';
import type { ObjectStore } from '../../mirror/index.ts';
import type { MirrorGrant } from '../../coordinator/index.ts';

/** The server as the gateway needs it. Calls may come at any time, also several at once. */
export interface GatewayPort {
  /** The secret and the rights of a running job's access key; undefined once the job has ended. */
  credentials(
    accessKeyId: string,
  ): Promise<{ readonly secretAccessKey: string; readonly grant: MirrorGrant } | undefined>;
  /** The whole mirror of a stack: keys with `pr/<number>/…`. */
  store(bucket: string): ObjectStore | undefined;
  /**
   * Accepts a package's manifest (layout v3) or its spec file (layout v2). The entry is visible when it returns. Throws
   * a SlipwayError to refuse.
   */
  acceptManifest(grant: MirrorGrant, key: string, manifest: string): Promise<void>;
  /** Folder for bodies while they arrive, which may be emptied at start. */
  readonly scratch: string;
  /** Folder for data that outlive a restart: parts of uploads, and the tags of large objects. */
  readonly kept: string;
  readonly log: Logger;
  /** Records each refused request, and each entry that was accepted. */
  readonly audit?: (entry: AuditEntry) => void;
  readonly clock?: Clock;
  /** Bytes; 10 GiB by default. */
  readonly maxObjectBytes?: number;
  /** Least bytes of an upload's parts, but the last; 5 MiB by default, as with S3. */
  readonly minPartBytes?: number;
  /** The server's own host name: requests to `<bucket>.<host>` name the bucket there and not in their path. */
  readonly host?: () => string;
}
