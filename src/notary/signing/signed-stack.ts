import type { ObjectStore } from '../../mirror/index.ts';
import type { ImagePolicy } from './check-image.ts';
import type { IdentityPolicy } from './identity.ts';
import type { SigningLog } from './signing-log.ts';

/** A stack that something is signed for. */
export interface SignedStack {
  /** The protected mirror, which holds the jobs' blobs and the signed manifests. It is only read. */
  readonly store: ObjectStore;
  readonly signingLog: SigningLog;
  readonly images?: ImagePolicy;
  /** Jobs of other CI systems; without it none of them is signed for. */
  readonly identities?: IdentityPolicy;
}
