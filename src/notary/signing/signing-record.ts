import type { BuildcacheName } from '../../spack/index.ts';

/** A record of a signature. */
export type SigningRecord = EntryRecord | RenewalRecord | IdentityRecord | StatementRecord | ImageRecord;

interface SignedTarball extends BuildcacheName {
  readonly stack: string;
  /** SHA-256 of the tarball. */
  readonly tarball: string;
  /** Of the signing key. */
  readonly fingerprint: string;
}

export interface EntryRecord extends SignedTarball {
  /** `kept`: another tarball came for a package that is signed already; the first one stays. */
  readonly action: 'signed' | 'kept';
  readonly pipeline: string;
  readonly job: string;
  readonly lockDigest: string;
  /** Which of several locks of the pipeline. */
  readonly lockName?: string;
  /** The pull request's pipeline whose job built it; absent if a job of `pipeline` did. */
  readonly promotedFrom?: string;
}

/** An entry that was signed before has got a signature of another key. */
export interface RenewalRecord extends SignedTarball {
  readonly action: 'renewed';
}

/** A job of another CI system has shown a valid ID token. */
export interface IdentityRecord {
  readonly action: 'identity';
  readonly stack: string;
  readonly pipeline: string;
  readonly lockDigest: string;
  readonly issuer: string;
  readonly project: string;
  readonly ref: string;
  readonly commit: string;
  /** Id of the pipeline in the other system. */
  readonly externalPipeline: string;
  /** Identifies the token, which is accepted once. */
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly until: number;
}

interface StatementRecord {
  readonly action: 'index';
  readonly stack: string;
  /** `''` for the mirror itself. */
  readonly root: string;
  readonly number: number;
  /** SHA-256 of the index. */
  readonly index: string;
  readonly fingerprint: string;
}

interface ImageRecord {
  readonly action: 'image';
  readonly stack: string;
  readonly pipeline: string;
  /** `sha256:…` of its manifest. */
  readonly image: string;
  readonly reference: string;
  /** SHA-256 of the locks that it is of. */
  readonly locks: readonly string[];
  readonly fingerprint: string;
}
