import type { BuildcacheName } from '../../spack/index.ts';

/** A package that the gateway accepted from a job of a team's pull request. */
export interface RequestPackage extends BuildcacheName {
  readonly stack: string;
  /** Root of the mirror that it was pushed to: `pr/7`. */
  readonly prefix: string;
  /** The topmost pipeline. */
  readonly pipeline: string;
  readonly tree: string;
  /** SHA-256 of the lock by which it was built. */
  readonly lock: string;
  readonly job: string;
  readonly runner: string;
  /** Whether the runner was trusted to build packages that may be promoted. */
  readonly isTrusted: boolean;
  /** The manifest that was accepted, with the digests of all bytes of the package. */
  readonly manifest: string;
}

/** Where a package of a protected pipeline's lock comes from. */
export interface Promotion extends BuildcacheName {
  readonly stack: string;
  /** The topmost protected pipeline. */
  readonly pipeline: string;
  /** `begun` until the promotion is known to be on the mirror. */
  readonly outcome: 'begun' | 'promoted' | 'rebuilt';
  /** SHA-256 of the promoted tarball. */
  readonly tarball?: string;
  /** Pipeline and job of the pull request that built it. */
  readonly fromPipeline?: string;
  readonly fromJob?: string;
  /** Why it is built again. */
  readonly reason?: string;
  readonly at: string;
}

/** Packages of pull requests, and what became of them after the merge. Every call is one transaction. */
export interface PromotionLedger {
  /** Records a package before it is visible on the mirror. The same package of the same job is recorded once. */
  addPackage(entry: RequestPackage): void;
  /** Returns all that was ever accepted below a prefix, oldest first. */
  packages(stack: string, prefix: string): readonly RequestPackage[];
  /** Returns the prefixes that something is recorded for. */
  prefixes(stack: string): readonly string[];
  /** Forgets the packages of a prefix, which has been emptied. */
  forget(stack: string, prefix: string): void;
  /** Replaces what is known of the package in the pipeline. */
  save(promotion: Promotion): void;
  /** By pipeline. */
  promotions(pipeline: string): readonly Promotion[];
  /** Returns what is known of one package in a pipeline. */
  promotionIn(pipeline: string, hash: string): Promotion | undefined;
  /** Returns the promotion by which a tarball came to the protected mirror. */
  promotionOf(stack: string, tarball: string): Promotion | undefined;
}
