import { Serial } from '../kit/index.ts';
import { readRecords, readSpecBlob, type IndexPublisher, type ObjectStore, type Verifier } from '../mirror/index.ts';
import { manifestKey, parseManifestKey, type BuildcacheName } from '../spack/index.ts';
import { notaryError } from './errors.ts';
import type { Attestation, SigningRequest, SigningService } from './port.ts';

interface NotaryOptions {
  readonly signing: SigningService;
  /** The protected mirror, which signed manifests are written to. */
  readonly store: ObjectStore;
  /** Which signatures count. */
  readonly verifier: Verifier;
  /** Gets each accepted package before `accept` resolves. */
  readonly index?: Pick<IndexPublisher, 'add'>;
}

/**
 * The notary of one stack's mirror. `accept` and `renew` have an entry checked and signed by the signing service, write
 * the signed manifest and add it to the index. Both throw if the entry is refused; the mirror is then as it was. Calls
 * for different packages run at once, those for one package in turn. Accepting again what was accepted has the same
 * result.
 */
export interface Notary extends Pick<
  SigningService,
  'renew' | 'recordIdentity' | 'signStatement' | 'signImage' | 'knownKeys'
> {
  accept(request: SigningRequest): Promise<Attestation>;
}

export function createNotary({ signing, store, verifier, index }: NotaryOptions): Notary {
  const turns = new Serial();
  const write = (id: BuildcacheName, sign: () => Promise<Attestation>): Promise<Attestation> =>
    turns.run(id.hash, async () => {
      const attestation = await sign();
      const { manifest, already } = attestation;
      // The service may be far away: its answer is trusted as far as its signature goes.
      const { payload } = await verifier(manifest);
      if (!already) await store.put(manifestKey(id), Buffer.from(manifest), { contentType: 'application/json' });
      await index?.add(await readSpecBlob(store, readRecords(payload, id.name).spec, id));
      return attestation;
    });
  return {
    ...signing,
    accept: async (request) => {
      const id = parseManifestKey(request.key);
      if (id === undefined) throw notaryError('NOTARY_NAME_REFUSED', { key: request.key.slice(0, 300) });
      return write(id, () => signing.attest(request));
    },
    renew: (request) => write(request, () => signing.renew(request)),
  };
}
