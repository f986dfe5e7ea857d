import type { Logger } from '../kit/index.ts';
import {
  Serial,
  readRecords,
  readSpecBlob,
  type IndexPublisher,
  type ObjectStore,
  type Verifier,
} from '../mirror/index.ts';
import { manifestKey, parseManifestKey, type BuildcacheName } from '../spack/index.ts';
import { notaryError } from './errors.ts';
import type {
  Attestation,
  ImageSignature,
  ImageSigningRequest,
  KnownKeys,
  RenewalRequest,
  Signer,
  SigningDesk,
  SigningRequest,
  StatementRequest,
} from './port.ts';
import type { ImagePolicy } from './signing/check-image.ts';
import { createSigningDesk } from './signing/signing-service.ts';
import type { SigningLog } from './signing/signing-log.ts';
import type { CosignKey } from './keys/cosign-key.ts';
import { createVerifier } from './keys/verifier.ts';

export interface NotaryOptions {
  readonly desk: SigningDesk;
  /** The protected mirror, which signed manifests are written to. */
  readonly store: ObjectStore;
  /** Which signatures count. */
  readonly verifier: Verifier;
  /** Told of each accepted package before `accept` resolves. */
  readonly index?: Pick<IndexPublisher, 'add'>;
}

export type Accepted = Attestation;

/**
 * The notary's clerk at the door of one stack's mirror. `accept` has an entry checked and signed at the desk, writes
 * the signed manifest and adds it to the index; it throws when the entry is refused, and the mirror is then as it was.
 * Calls for different packages run at once, those for one package in turn. Accepting again what was accepted answers
 * the same.
 */
export interface Notary {
  accept(request: SigningRequest): Promise<Accepted>;
  /** Signs an entry anew whose key was revoked (see `SigningDesk.renew`), and writes it. */
  renew(request: RenewalRequest): Promise<Accepted>;
  /** Signs the statement on the index of a root of this mirror. */
  signStatement(request: StatementRequest): Promise<string>;
  signImage(request: ImageSigningRequest): Promise<ImageSignature>;
  knownKeys(): Promise<KnownKeys>;
}

export function createNotary({ desk, store, verifier, index }: NotaryOptions): Notary {
  const turns = new Serial();
  return {
    async accept(request) {
      const id = parseManifestKey(request.key);
      if (id === undefined) throw notaryError('NOTARY_NAME_REFUSED', { key: request.key.slice(0, 300) });
      return turns.run(id.hash, async () => {
        const answer = await desk.attest(request);
        // The desk may be far away: what it says is believed as far as its signature goes.
        const { payload } = await verifier(answer.manifest);
        if (!answer.already)
          await store.put(request.key, Buffer.from(answer.manifest), { contentType: 'application/json' });
        await index?.add(await specOf(store, payload, id));
        return answer;
      });
    },
    renew: (request) =>
      turns.run(request.hash, async () => {
        const answer = await desk.renew(request);
        const { payload } = await verifier(answer.manifest);
        if (answer.already) return answer;
        await store.put(manifestKey(request), Buffer.from(answer.manifest), { contentType: 'application/json' });
        await index?.add(await specOf(store, payload, request));
        return answer;
      }),
    signStatement: (request) => desk.signStatement(request),
    signImage: (request) => desk.signImage(request),
    knownKeys: () => desk.knownKeys(),
  };
}

async function specOf(store: ObjectStore, payload: string, id: BuildcacheName) {
  return readSpecBlob(store, readRecords(payload, id.name).spec, id);
}

export interface LocalNotaryOptions {
  readonly signer: Signer;
  readonly store: ObjectStore;
  readonly signingLog: SigningLog;
  readonly log: Logger;
  readonly index?: Pick<IndexPublisher, 'add'>;
  /** Which signatures count as already there; by default the signer's own. */
  readonly verifier?: Verifier;
  /** Without it images are not signed. */
  readonly imageKey?: CosignKey;
  readonly images?: ImagePolicy;
}

/** A notary whose desk, with one key, is in this process. */
export function createLocalNotary(options: LocalNotaryOptions): Notary {
  const { signer, store, signingLog, log, index, imageKey, images } = options;
  const verifier = options.verifier ?? createVerifier(signer.publicKey);
  const { fingerprint, publicKey } = signer;
  const desk = createSigningDesk({
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
    stack: () => ({ store, signingLog, images }),
    log,
  });
  return createNotary({ desk, store, verifier, index });
}
