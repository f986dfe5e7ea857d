import { hexOf } from '../../oci/index.ts';
import { platformOf, platformText, type ImageSet } from '../publish/publishable.ts';
import { packageUrl, type Bill } from './bill.ts';

export const provenanceType = 'https://slsa.dev/provenance/v1';
/** What `buildDefinition` means: docs/guides/images.md, "Records". */
const buildType = 'urn:slipway:image-build:v1';

/** How the image came to be, as far as the bill does not say it. */
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
  /** Fingerprint of the key that signed an entry, by DAG hash. */
  readonly signers: ReadonlyMap<string, string>;
  /** Digests of the bills that are attached, by media type. */
  readonly bills: Readonly<Record<string, string>>;
}

/** An in-toto statement (v1) with SLSA's provenance (v1) of the image: <https://slsa.dev/spec/v1.0/provenance>. */
export function provenanceStatement(bill: Bill, build: BuildFacts): object {
  const { image } = bill;
  const definition = {
    externalParameters: {
      repository: image.name,
      contents: build.contents,
      ...present({ source: image.source, ref: build.ref, root: build.root, base: image.base?.reference }),
    },
    internalParameters: { lock: `sha256:${image.lockDigest}`, ...present({ pipeline: build.pipeline }) },
    resolvedDependencies: dependencies(bill, build),
  };
  const byproducts = Object.entries(build.bills).map(([mediaType, digest]) => ({
    mediaType,
    digest: { sha256: hexOf(digest) },
  }));
  return statement(image, definition, { ...runDetails(build, bill), byproducts });
}

interface IndexFacts extends Pick<BuildFacts, 'builder' | 'ref' | 'pipeline' | 'invocation' | 'contents'> {
  readonly about: {
    /** Repository, without tag. */
    readonly name: string;
    readonly digest: string;
    /** SHA-256 of the locks that its images are of, hexadecimal. */
    readonly locks: readonly string[];
    readonly commit?: string;
    readonly source?: string;
  };
  /** RFC 3339. */
  readonly created: string;
  readonly toolVersion: string;
}

/** The same of an index: it names the image of each platform, whose own provenance tells what is in it. */
export function indexStatement({ images }: ImageSet, build: IndexFacts): object {
  const { about } = build;
  const definition = {
    externalParameters: {
      repository: about.name,
      contents: build.contents,
      ...present({ source: about.source, ref: build.ref }),
    },
    internalParameters: present({ pipeline: build.pipeline }),
    resolvedDependencies: [
      ...stackOf(about),
      ...about.locks.map((sha256) => ({ name: 'spack.lock', digest: { sha256 } })),
      ...images.map((image) => ({
        name: platformText(platformOf(image)),
        digest: { sha256: hexOf(image.manifest.descriptor.digest) },
      })),
    ],
  };
  return statement(about, definition, runDetails(build, build));
}

function statement(
  { name, digest }: { readonly name: string; readonly digest: string },
  definition: object,
  details: object,
): object {
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name, digest: { sha256: hexOf(digest) } }],
    predicateType: provenanceType,
    predicate: { buildDefinition: { buildType, ...definition }, runDetails: details },
  };
}

function runDetails(
  { builder, invocation }: Pick<BuildFacts, 'builder' | 'invocation'>,
  { created, toolVersion }: Pick<IndexFacts, 'created' | 'toolVersion'>,
): object {
  return {
    builder: { id: builder, version: { slipway: toolVersion } },
    metadata: { ...present({ invocationId: invocation }), finishedOn: created },
  };
}

function dependencies({ image, packages }: Bill, build: BuildFacts): readonly object[] {
  const entries = packages.filter(({ place, tarball }) => place === 'image' && tarball !== undefined);
  return [
    ...stackOf(image),
    { name: 'spack.lock', digest: { sha256: image.lockDigest } },
    ...(image.base === undefined
      ? []
      : [{ name: 'base', uri: image.base.reference, digest: { sha256: hexOf(image.base.digest) } }]),
    ...entries.map((one) => ({
      name: `${one.name}@${one.version}/${one.hash}`,
      uri: packageUrl(one),
      digest: { sha256: one.tarball?.sha256 },
      annotations: { hash: one.hash, mirror: build.mirror, ...present({ signedBy: build.signers.get(one.hash) }) },
    })),
  ];
}

function stackOf({ commit, source }: Pick<IndexFacts['about'], 'commit' | 'source'>): readonly object[] {
  if (commit === undefined) return [];
  return [{ name: 'stack', ...present({ uri: gitUri(source) }), digest: { gitCommit: commit } }];
}

function gitUri(source: string | undefined): string | undefined {
  return source === undefined ? undefined : `git+${source}`;
}

function present(values: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
