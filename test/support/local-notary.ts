import type { IndexPublisher, ObjectStore, Verifier } from '../../src/mirror/index.ts';
import {
  createNotary,
  createSigningService,
  createVerifier,
  notaryError,
  type CosignKey,
  type Notary,
  type SignedStack,
  type Signer,
} from '../../src/notary/index.ts';
import { silentLogger } from './silent-logger.ts';

interface LocalNotaryOptions extends SignedStack {
  readonly signer: Signer;
  readonly store: ObjectStore;
  readonly index?: Pick<IndexPublisher, 'add'>;
  /** Which signatures count as already there; by default the signer's own. */
  readonly verifier?: Verifier;
  /** Without it images are not signed. */
  readonly imageKey?: CosignKey;
}

/** A notary that signs with one key, in this process. */
export function localNotary({ signer, store, index, imageKey, ...options }: LocalNotaryOptions): Notary {
  const { verifier = createVerifier(signer.publicKey), signingLog, images, identities } = options;
  const { fingerprint, publicKey } = signer;
  const signing = createSigningService({
    keys: {
      signer: async () => signer,
      verifier: async () => verifier,
      knownKeys: async () => ({
        keys: [{ fingerprint, publicKey, state: 'signing' }],
        imageKey: imageKey?.publicKey,
      }),
      imageKey: async () => {
        if (imageKey !== undefined) return imageKey;
        throw notaryError('NOTARY_IMAGE_KEY_MISSING');
      },
    },
    stack: () => ({ store, signingLog, images, identities }),
    log: silentLogger,
  });
  return createNotary({ signing, store, verifier, index });
}
