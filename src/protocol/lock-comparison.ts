import * as z from 'zod';
import { ChangeCause, PackageName } from './change-report.ts';

/** One side of a comparison: the lock that a name stands for. */
export const ComparedLock = z.object({
  /** As it was asked for. */
  name: z.string(),
  /** The pipeline that recorded the lock. */
  pipeline: z.string(),
  /** Branch, tag or `pull/<number>` of that pipeline. */
  ref: z.string(),
  /** The commit that its status belongs to. */
  head: z.string(),
  /** SHA-256 of each lock, hexadecimal: one for each platform. */
  locks: z.array(z.string()),
  /** How many packages it has, without those that the machine provides. */
  packages: z.number().int(),
  /** When the pipeline began. */
  createdAt: z.string(),
});
export type ComparedLock = z.infer<typeof ComparedLock>;

/** A package of one side. */
export const ComparedPackage = PackageName.extend({
  /** As Spack prints them. */
  variants: z.string().optional(),
  /** Bytes on the mirror, if they are known. */
  size: z.number().int().optional(),
});
export type ComparedPackage = z.infer<typeof ComparedPackage>;

/** A package that both sides have, with other hashes. */
export const PackageDifference = z.object({
  from: ComparedPackage,
  to: ComparedPackage,
  /** `rebuilt`: the same version and variants, of other dependencies, compiler, patches or recipe. */
  kind: z.enum(['version', 'variants', 'rebuilt']),
  /** What differs in the package itself. */
  changes: z.array(z.string()),
  /** Why its hash differs, down to the package where that began. */
  reason: z.string(),
  /** The same as indexes of `causes`, nearest first. */
  causes: z.array(z.number().int()),
});
export type PackageDifference = z.infer<typeof PackageDifference>;

/** What differs between the locks of two commits, pipelines or images. Sizes are bytes. */
export const LockComparison = z.object({
  from: ComparedLock,
  to: ComparedLock,
  /** All of it in one line. */
  headline: z.string(),
  /** How many packages both have as they are. */
  same: z.number().int(),
  /** Specs of the environment that only one side has. */
  roots: z.object({ added: z.array(z.string()), removed: z.array(z.string()) }),
  /** The changes that began it, those that change most hashes first. */
  causes: z.array(ChangeCause),
  added: z.array(ComparedPackage),
  removed: z.array(ComparedPackage),
  changed: z.array(PackageDifference),
  bytes: z.object({
    /** Of the packages that only the second side has. */
    added: z.number().int().optional(),
    /** Of the packages that only the first side has. */
    removed: z.number().int().optional(),
    /** By how much an image of the lock grows or shrinks. */
    growth: z.number().int().optional(),
    /** Packages whose size is not known. */
    unknown: z.number().int(),
  }),
  words: z.object({
    /** One for each cause, in their order. */
    causes: z.array(z.string()),
    /** Sizes, as sentences. */
    facts: z.array(z.string()),
  }),
});
export type LockComparison = z.infer<typeof LockComparison>;
