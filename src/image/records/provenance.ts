import { hexOf } from '../../oci/index.ts';
import type { PackageEntry } from '../plan.ts';
import { platformOf, platformText, type ImageSet } from '../publish/publishable.ts';
import { packageUrl, type Bill, type BillImage, type ReplacedImage } from './bill.ts';

export const provenanceType = 'https://slsa.dev/provenance/v1';
/** The meaning of `buildDefinition`: docs/guides/images.md, "Records". */
const buildType = 'urn:slipway:image-build:v1';

/** How the image was built, beside the facts of its bill. */
export interface BuildFacts {
  /** URL of the server, or `slipway` where none was involved. */
  readonly builder: string;
  /** Branch or tag of the stack's repository. */
  readonly ref?: string;
  /** Decimal id of the pipeline that tested the lock. */
  readonly pipeline?: string;
  /** URL of that pipeline. */
  readonly invocation?: string;
  readonly contents: string;
  /** The install tree in the image, where its definition names one. */
  readonly root?: string;
  /** Mirror that the entries are of, without credentials. */
  readonly mirror: string;
  /** Returns the pipeline of a pull request that built a tarball, by its SHA-256; undefined if none did. */
  readonly promotedFrom?: (tarball: string) => string | undefined;
  /** By DAG hash, for the keys that signed them. */
  readonly entries: ReadonlyMap<string, PackageEntry>;
  /** Digests of the bills that are attached, by media type. */
  readonly bills: Readonly<Record<string, string>>;
}

/** Returns the provenance of an image. */
export function imageStatement(bill: Bill, build: BuildFacts): string {
  const { image, packages } = bill;
  const { base, locks } = image;
  const held = packages.filter(({ role, tarball }) => role === 'image' && tarball !== undefined);
  return statement({
    ...bill,
    build,
    lock: locks.map((one) => `sha256:${one}`).join(' '),
    dependencies: [
      ...(base === undefined ? [] : [{ name: 'base', uri: base.reference, digest: { sha256: hexOf(base.digest) } }]),
      ...held.map((one) => ({
        name: `${one.name}@${one.version}/${one.hash}`,
        uri: packageUrl(one),
        digest: { sha256: one.tarball?.sha256 },
        annotations: {
          hash: one.hash,
          mirror: build.mirror,
          signedBy: build.entries.get(one.hash)?.signedBy,
          promotedFromPipeline: build.promotedFrom?.(one.tarball?.sha256 ?? ''),
        },
      })),
    ],
    byproducts: Object.entries(build.bills).map(([mediaType, digest]) => ({
      mediaType,
      digest: { sha256: hexOf(digest) },
    })),
  });
}

type StatementParts = Pick<Bill, 'image' | 'created' | 'toolVersion'> & {
  readonly build: Omit<BuildFacts, 'bills' | 'mirror' | 'entries'>;
};

/** Returns the provenance of an index: it names the image of each platform, which has a provenance of its own. */
export function indexStatement({ images }: ImageSet, parts: StatementParts): string {
  const dependencies = images.map((image) => ({
    name: platformText(platformOf(image)),
    digest: { sha256: hexOf(image.manifest.descriptor.digest) },
  }));
  return statement({ ...parts, dependencies });
}

/** An in-toto statement (v1) with SLSA's provenance (v1): <https://slsa.dev/spec/v1.0/provenance>. */
function statement({
  image,
  build,
  created,
  toolVersion,
  lock,
  dependencies,
  byproducts,
}: StatementParts & {
  readonly lock?: string;
  readonly dependencies: readonly object[];
  readonly byproducts?: readonly object[];
}): string {
  const { name, digest, locks, source, base, rebaseOf } = image;
  const { builder, contents, ref, root, pipeline, invocation } = build;
  return JSON.stringify({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name, digest: { sha256: hexOf(digest) } }],
    predicateType: provenanceType,
    predicate: {
      buildDefinition: {
        buildType,
        externalParameters: { repository: name, contents, source, ref, root, base: base?.reference },
        internalParameters: { lock, pipeline, rebase: rebaseOf && describeRebase(rebaseOf) },
        resolvedDependencies: [
          ...stackOf(image),
          ...locks.map((sha256) => ({ name: 'spack.lock', digest: { sha256 } })),
          ...dependencies,
        ],
      },
      runDetails: {
        builder: { id: builder, version: { slipway: toolVersion } },
        metadata: { invocationId: invocation, finishedOn: created },
        byproducts,
      },
    },
  });
}

/** Why the image was made again though its lock and commit had an image. */
function describeRebase({ digest, base, requestedBy }: ReplacedImage): object {
  return {
    reason: 'the base has moved',
    replaces: { digest: { sha256: hexOf(digest) } },
    baseBefore: base && { uri: base.reference, digest: { sha256: hexOf(base.digest) } },
    requestedBy,
  };
}

function stackOf({ commit, source }: BillImage): readonly object[] {
  if (commit === undefined) return [];
  return [{ name: 'stack', uri: source && `git+${source}`, digest: { gitCommit: commit } }];
}
