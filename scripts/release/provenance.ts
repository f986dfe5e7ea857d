import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** How a release was built. */
export interface ReleaseBuild {
  readonly version: string;
  readonly commit: string;
  /** URL of the run of a CI system that built it; absent if it was built outside of CI. */
  readonly run?: string;
  /** The Node.js that ran the build, and the one that archives hold. */
  readonly nodes: Readonly<Record<'build' | 'archive', string>>;
}

/** A file by its name, with its SHA-256 in hexadecimal. */
export interface FileDigest {
  readonly name: string;
  readonly sha256: string;
}

export async function digestOf(path: string): Promise<FileDigest> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return { name: basename(path), sha256: hash.digest('hex') };
}

/** Returns the provenance of files: an in-toto statement with SLSA's predicate (https://slsa.dev/provenance/v1). */
export function writeProvenance(files: readonly FileDigest[], build: ReleaseBuild): string {
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: files.map(({ name, sha256 }) => ({ name, digest: { sha256 } })),
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'urn:slipway:release:v1',
        externalParameters: { version: build.version },
        internalParameters: { nodes: build.nodes },
        resolvedDependencies: [{ name: 'source', digest: { gitCommit: build.commit } }],
      },
      runDetails: {
        builder: { id: build.run === undefined ? 'urn:slipway:release:local' : new URL(build.run).origin },
        metadata: build.run === undefined ? {} : { invocationId: build.run },
      },
    },
  };
  return `${JSON.stringify(statement, undefined, 2)}\n`;
}
