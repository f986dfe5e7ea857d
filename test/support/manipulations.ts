import { statementKey, type ReadOptions } from '../../src/mirror/index.ts';
import { createVerifier } from '../../src/notary/index.ts';
import {
  blobKey,
  formatManifest,
  indexManifestKey,
  keyManifestKey,
  layoutKey,
  manifestKey,
  parseManifest,
  signedPayload,
  type BuildcacheManifest,
} from '../../src/spack/index.ts';
import { testSigner, type SignedMirror } from './signed-mirror.ts';

/**
 * The 38 manipulations of a mirror that were tried on Spack 1.2, by the numbers under which they are kept, on mirrors
 * of ours: what Spack installs, skips silently or indexes all the same is refused here, with a code of its own.
 */
export type Change = (mirror: SignedMirror) => Promise<unknown>;

export interface Manipulation {
  readonly name: string;
  readonly change: Change;
  /** Also true for the mirrors of pull requests. */
  readonly isUnsigned?: true;
  /** How readers read; by default with the mirror's key, signatures required. */
  readonly read?: (mirror: SignedMirror) => Promise<ReadOptions> | ReadOptions;
  /** What installing `gauge` ends with; undefined: it is installed. */
  readonly install?: string;
  /** What verifying finds beside `ok`, as kind or kind:code. */
  readonly finds?: readonly string[];
}

const nothing: Change = () => Promise.resolve();

const put = async ({ store }: SignedMirror, key: string, text: string | Buffer): Promise<void> =>
  store.put(key, Buffer.from(text));

export async function flip(mirror: SignedMirror, key: string): Promise<void> {
  const bytes = Buffer.from((await mirror.store.get(key))!);
  bytes[bytes.length >> 1]! ^= 1;
  await mirror.store.put(key, bytes);
}

const tarballKey = ({ tarballs }: SignedMirror): string => blobKey(tarballs.gauge.sha256);

async function payloadOf({ store, gauge }: SignedMirror): Promise<BuildcacheManifest> {
  const text = (await store.get(manifestKey(gauge)))!.toString();
  return parseManifest(text.startsWith('-----') ? signedPayload(text) : text);
}

export async function specKey(mirror: SignedMirror): Promise<string> {
  return blobKey((await payloadOf(mirror)).data[1]!.checksum);
}

async function alterText(mirror: SignedMirror, key: string, change: (text: string) => string): Promise<void> {
  await put(mirror, key, change((await mirror.store.get(key))!.toString()));
}

export const alterChecksum: Change = (mirror) =>
  alterText(mirror, manifestKey(mirror.gauge), (text) =>
    text.replace(mirror.tarballs.gauge.sha256, mirror.tarballs.tide.sha256),
  );

export const copyOver: Change = async (mirror) =>
  put(mirror, manifestKey(mirror.gauge), (await mirror.store.get(manifestKey(mirror.tide)))!);

async function alterManifest(mirror: SignedMirror, change: (manifest: BuildcacheManifest) => unknown): Promise<void> {
  const manifest = await payloadOf(mirror);
  await put(mirror, manifestKey(mirror.gauge), JSON.stringify(change(manifest)));
}

const strangersKey = async (): Promise<ReadOptions> => ({
  verifier: createVerifier((await testSigner('stranger')).publicKey),
  requireSignature: true,
});
const anyhow = (): ReadOptions => ({ requireSignature: false });

const invalid = (code: string): string => `entry-invalid:MIRROR_${code}`;
const indexNamesIt = 'index-names-absent';
const stated = 'entries-replayed';

export const manipulations: readonly Manipulation[] = [
  { name: '00 nothing', change: nothing },
  {
    name: '01 a bit of a tarball flipped',
    change: (mirror) => flip(mirror, tarballKey(mirror)),
    install: 'MIRROR_BLOB_DIGEST_WRONG',
    finds: ['tarball-damaged:MIRROR_BLOB_DIGEST_WRONG'],
  },
  {
    name: '02 a bit of a spec file flipped, which Spack never reads where there is an index',
    change: async (mirror) => flip(mirror, await specKey(mirror)),
    install: 'MIRROR_BLOB_DIGEST_WRONG',
    finds: [invalid('BLOB_DIGEST_WRONG'), indexNamesIt, stated],
  },
  {
    name: '03 a tarball cut off',
    change: async (mirror) =>
      put(mirror, tarballKey(mirror), (await mirror.store.get(tarballKey(mirror)))!.subarray(0, -9)),
    install: 'MIRROR_BLOB_SIZE_WRONG',
    finds: [invalid('BLOB_SIZE_WRONG'), indexNamesIt, stated],
  },
  {
    name: '04 a byte after a tarball',
    change: async (mirror) =>
      put(mirror, tarballKey(mirror), Buffer.concat([(await mirror.store.get(tarballKey(mirror)))!, Buffer.alloc(1)])),
    install: 'MIRROR_BLOB_SIZE_WRONG',
    finds: [invalid('BLOB_SIZE_WRONG'), indexNamesIt, stated],
  },
  {
    name: '05 a tarball gone',
    change: (mirror) => mirror.store.remove!(tarballKey(mirror)),
    install: 'MIRROR_BLOB_MISSING',
    finds: [invalid('BLOB_MISSING'), indexNamesIt, stated],
  },
  {
    name: '06 a spec file gone, which Spack never reads where there is an index',
    change: async (mirror) => mirror.store.remove!(await specKey(mirror)),
    install: 'MIRROR_BLOB_MISSING',
    finds: [invalid('BLOB_MISSING'), indexNamesIt, stated],
  },
  {
    name: '07 the text of a signed manifest altered',
    change: alterChecksum,
    install: 'MIRROR_SIGNATURE_INVALID',
    finds: [invalid('SIGNATURE_INVALID'), indexNamesIt, stated, 'blob-unused'],
  },
  {
    name: '08 a validly signed manifest copied over another’s, which Spack installs',
    change: copyOver,
    install: 'MIRROR_ENTRY_MISMATCH',
    finds: [invalid('ENTRY_MISMATCH'), indexNamesIt, stated, 'blob-unused', 'blob-unused'],
  },
  {
    name: '09 signed with a key that is not trusted',
    change: nothing,
    read: strangersKey,
    install: 'MIRROR_SIGNATURE_KEY_UNKNOWN',
    finds: [
      invalid('SIGNATURE_KEY_UNKNOWN'),
      invalid('SIGNATURE_KEY_UNKNOWN'),
      indexNamesIt,
      indexNamesIt,
      'statement-invalid:MIRROR_SIGNATURE_KEY_UNKNOWN',
    ],
  },
  {
    name: '10 an unsigned manifest on a signed mirror',
    change: (mirror) => alterManifest(mirror, (manifest) => manifest),
    install: 'MIRROR_SIGNATURE_MISSING',
    finds: [invalid('SIGNATURE_MISSING'), indexNamesIt, stated],
  },
  {
    name: '11 signatures not asked for, and the checksum altered inside of a signed manifest',
    change: alterChecksum,
    read: anyhow,
    install: 'MIRROR_BLOB_SIZE_WRONG',
  },
  { name: '12 signatures not asked for, and no key', change: nothing, read: anyhow },
  {
    name: '13 a wrong length in an unsigned manifest, which Spack does not check',
    isUnsigned: true,
    change: (mirror) =>
      alterManifest(mirror, ({ data: [tarball, spec] }) => ({
        version: 3,
        data: [{ ...tarball, contentLength: 7 }, spec],
      })),
    install: 'MIRROR_BLOB_SIZE_WRONG',
    finds: [invalid('BLOB_SIZE_WRONG'), indexNamesIt],
  },
  {
    name: '14 version 4 in an unsigned manifest',
    isUnsigned: true,
    change: (mirror) => alterManifest(mirror, ({ data }) => ({ version: 4, data })),
    install: 'MIRROR_LAYOUT_TOO_NEW',
    finds: [invalid('LAYOUT_TOO_NEW'), indexNamesIt],
  },
  {
    name: '15 another media type of the spec file, whose own version is what counts',
    isUnsigned: true,
    change: (mirror) =>
      alterManifest(mirror, ({ data: [tarball, spec] }) => ({
        version: 3,
        data: [tarball, { ...spec, mediaType: 'application/vnd.spack.spec.v6+json' }],
      })),
    finds: ['entry-replayed'],
  },
  {
    name: '16 another package’s tarball in an unsigned manifest, which Spack installs',
    isUnsigned: true,
    change: (mirror) =>
      alterManifest(mirror, ({ data: [tarball, spec] }) => {
        const { sha256, size } = mirror.tarballs.tide;
        return { version: 3, data: [{ ...tarball, checksum: sha256, contentLength: size }, spec] };
      }),
    install: 'MIRROR_TARBALL_MISMATCH',
    finds: [invalid('TARBALL_MISMATCH'), 'entry-replayed', 'blob-unused'],
  },
  {
    name: '17 an unsigned mirror where signatures are asked for',
    isUnsigned: true,
    change: nothing,
    read: async ({ verifier }) => Promise.resolve({ verifier, requireSignature: true }),
    install: 'MIRROR_SIGNATURE_MISSING',
    finds: [invalid('SIGNATURE_MISSING'), invalid('SIGNATURE_MISSING'), indexNamesIt, indexNamesIt],
  },
  { name: '18 an unsigned mirror, signatures not asked for', isUnsigned: true, change: nothing },
  {
    name: '19 the mark of the layout gone',
    change: (mirror) => mirror.store.remove!(layoutKey),
    finds: ['layout-missing'],
  },
  {
    name: '20 text before the signed message',
    change: (mirror) => alterText(mirror, manifestKey(mirror.gauge), (text) => `{"version":3}\n${text}`),
    install: 'MIRROR_SIGNATURE_MALFORMED',
    finds: [invalid('SIGNATURE_MALFORMED'), indexNamesIt, stated],
  },
  {
    name: '30 a bit of a tarball flipped, without --cache-only: Spack silently builds from source',
    change: (mirror) => flip(mirror, tarballKey(mirror)),
    install: 'MIRROR_BLOB_DIGEST_WRONG',
  },
  {
    name: '31 a manifest altered, without --cache-only: Spack silently builds from source',
    change: alterChecksum,
    install: 'MIRROR_SIGNATURE_INVALID',
  },
  {
    name: '32 a bit of a tarball flipped: only Spack’s debug log shows why',
    change: (mirror) => flip(mirror, tarballKey(mirror)),
    install: 'MIRROR_BLOB_DIGEST_WRONG',
  },
  {
    name: '33 a manifest altered: only the debug log shows why',
    change: alterChecksum,
    install: 'MIRROR_SIGNATURE_INVALID',
  },
  {
    name: '34 an unknown key: only the debug log shows why',
    change: nothing,
    read: strangersKey,
    install: 'MIRROR_SIGNATURE_KEY_UNKNOWN',
  },
  {
    name: '44 a manifest removed that the index names',
    change: (mirror) => mirror.store.remove!(manifestKey(mirror.gauge)),
    install: 'absent',
    finds: [indexNamesIt, stated, 'blob-unused', 'blob-unused'],
  },
  {
    name: '45 the index’s bytes altered',
    change: async (mirror) => {
      const { data } = parseManifest((await mirror.store.get(indexManifestKey))!.toString());
      await flip(mirror, blobKey(data[0]!.checksum));
    },
    finds: ['index-unreadable'],
  },
  {
    name: '46 no index',
    change: (mirror) => mirror.store.remove!(indexManifestKey),
    finds: ['index-missing', 'blob-unused'],
  },
  {
    name: '48 a key’s bytes altered',
    change: async (mirror) => {
      const { data } = parseManifest((await mirror.store.get(keyManifestKey(mirror.signer.fingerprint)))!.toString());
      await flip(mirror, blobKey(data[0]!.checksum));
    },
    finds: ['key-damaged'],
  },
  { name: '49a nothing, asked of the index', change: nothing },
  {
    name: '49b a bit of a tarball flipped, which Spack’s check of the index does not see',
    change: (mirror) => flip(mirror, tarballKey(mirror)),
    install: 'MIRROR_BLOB_DIGEST_WRONG',
    finds: ['tarball-damaged:MIRROR_BLOB_DIGEST_WRONG'],
  },
  {
    name: '50 a bit of a spec file flipped, and the package downloaded',
    change: async (mirror) => flip(mirror, await specKey(mirror)),
    install: 'MIRROR_BLOB_DIGEST_WRONG',
  },
  // Beyond the 38: what is put back.
  {
    name: 'an older index put back',
    change: async (mirror) => {
      const old = (await mirror.store.get(indexManifestKey))!;
      const publisher = mirror.publisher();
      await publisher.remove([mirror.gauge.hash]);
      await mirror.store.remove!(manifestKey(mirror.gauge));
      publisher.close();
      await put(mirror, indexManifestKey, old);
    },
    install: 'absent',
    finds: [indexNamesIt, 'index-replayed', 'blob-unused', 'blob-unused', 'blob-unused'],
  },
  {
    name: 'an older index and the statement of its time put back',
    change: async (mirror) => {
      const old = await Promise.all([indexManifestKey, statementKey].map((key) => mirror.store.get(key)));
      const publisher = mirror.publisher();
      await publisher.rebuild();
      publisher.close();
      await put(mirror, indexManifestKey, old[0]!);
      await put(mirror, statementKey, old[1]!);
    },
    finds: ['index-replayed'],
  },
  {
    name: 'an older, validly signed manifest put back over a newer one',
    change: async (mirror) => {
      const old = (await mirror.store.get(manifestKey(mirror.gauge)))!;
      const newer = formatManifest({ ...(await payloadOf(mirror)), note: 'built again' });
      await put(mirror, manifestKey(mirror.gauge), await mirror.signer.sign(newer));
      const publisher = mirror.publisher();
      await publisher.rebuild();
      publisher.close();
      await put(mirror, manifestKey(mirror.gauge), old);
    },
    finds: ['entry-replayed', stated],
  },
  {
    name: 'the statement removed',
    change: (mirror) => mirror.store.remove!(statementKey),
    finds: ['statement-missing'],
  },
  {
    name: 'a manifest where no reader looks for one',
    change: (mirror) => put(mirror, 'v3/manifests/spec/gauge/other.json', '{}'),
    finds: ['entry-misplaced'],
  },
];
