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

/** Returns the SHA-256 of a file, in hexadecimal. */
export async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** Returns the provenance of files: an in-toto statement with SLSA's predicate (https://slsa.dev/provenance/v1). */
export async function writeProvenance(files: readonly string[], build: ReleaseBuild): Promise<string> {
  const subject = await Promise.all(
    files.map(async (path) => ({ name: basename(path), digest: { sha256: await sha256(path) } })),
  );
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject,
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'urn:slipway:release:v1',
        externalParameters: { version: build.version },
        internalParameters: { nodes: build.nodes },
        resolvedDependencies: [{ name: 'source', digest: { gitCommit: build.commit } }],
      },
      runDetails: {
        builder: { id: build.run === undefined ? 'urn:slipway:release:by-hand' : new URL(build.run).origin },
        metadata: build.run === undefined ? {} : { invocationId: build.run },
      },
    },
  };
  return `${JSON.stringify(statement, undefined, 2)}\n`;
}
