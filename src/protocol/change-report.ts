import * as z from 'zod';
import { RunStatus } from './run-status.ts';

export const PackageName = z.object({ name: z.string(), version: z.string(), hash: z.string() });

/** A change that gives packages other hashes: of one package, or the same change of several. */
export const ChangeCause = z.object({
  /** What differs: `version 1.2.1 → 1.3`; `new` for packages that are new. */
  change: z.string(),
  /** How many packages changed so in themselves. */
  count: z.number().int(),
  /** The first of them. */
  packages: z.array(PackageName),
  /** How many hashes differ because of it, those of these packages included. */
  hashes: z.number().int(),
});
export type ChangeCause = z.infer<typeof ChangeCause>;

/** A package that is built, or whose hash differs. */
export const ChangedPackage = PackageName.extend({
  /** The hash that it had; absent for a package that is new or whose hash is the same. */
  before: z.string().optional(),
  /** Whether the pipeline builds it. */
  build: z.boolean(),
  /** Why it is built or not, and why its hash differs. */
  reason: z.string(),
  /** Why its hash differs: indexes of `causes`, nearest first. */
  causes: z.array(z.number().int()),
  /** Whether it differs in itself: the first of its causes is then its own. */
  own: z.boolean(),
  /** Hashes of the packages that it depends on directly and whose hashes differ too, or that are built before it. */
  through: z.array(z.string()),
  /** The job that builds it, once there is one. */
  job: z.object({ id: z.string(), status: RunStatus }).optional(),
});
export type ChangedPackage = z.infer<typeof ChangedPackage>;

/** What a change does: which packages are built and why, how long that takes, and what it adds. Sizes are bytes. */
export const ChangeReport = z.object({
  /** Decimal id; absent for a plan. */
  pipeline: z.string().optional(),
  /** All of it in one line. */
  headline: z.string(),
  /** What the lock is compared with: a commit or branch, and its pipeline on a server. */
  against: z.object({ name: z.string(), pipeline: z.string().optional() }).optional(),
  counts: z.object({
    /** Packages of the lock, without those that the machine provides. */
    total: z.number().int(),
    build: z.number().int(),
    /** On a mirror, and not built. */
    reused: z.number().int(),
    /** On no mirror, and not built either: the change does not touch them. */
    left: z.number().int(),
    external: z.number().int(),
    /** How many hashes differ; absent without something to compare with. */
    changed: z.number().int().optional(),
    /** Of those to build. */
    built: z.number().int(),
    failed: z.number().int(),
    running: z.number().int(),
  }),
  /** The changes that began it, those that change most hashes first. */
  causes: z.array(ChangeCause),
  /** Dependencies first. */
  packages: z.array(ChangedPackage),
  bytes: z.object({
    /** Of the packages that are reused, as far as their sizes are known. */
    reused: z.number().int().optional(),
    /** What the builds add to the mirror, by the sizes of the same packages before. */
    mirror: z.number().int().optional(),
    /** The part of it that the image needs. */
    image: z.number().int().optional(),
    /** By how much the image grows (or shrinks), before compression of its own layers. */
    growth: z.number().int().optional(),
    /** Packages to build whose size is not known. */
    unknown: z.number().int(),
  }),
  time: z
    .object({
      /** Expected seconds of the whole, from the beginning. */
      seconds: z.number(),
      /** Seconds of all jobs together. */
      work: z.number(),
      /** Expected seconds until the end; absent for a plan and for a pipeline that has ended. */
      left: z.number().optional(),
      /** How many jobs are assumed to run at once. */
      jobs: z.number().int(),
      /** Names of the packages that keep the end from being earlier. */
      criticalPath: z.array(z.string()),
      /** Packages without a time of their own: each counts like the usual one. */
      unknown: z.number().int(),
    })
    .optional(),
  previews: z.array(
    z.object({
      reference: z.string(),
      state: z.string(),
      digest: z.string().optional(),
      /** Path of the server’s page. */
      page: z.string(),
    }),
  ),
});
export type ChangeReport = z.infer<typeof ChangeReport>;

/** A change in words, as statuses, comments and terminals have them. */
const ChangeWords = z.object({
  /** How far it is; absent for a plan and after the end. */
  progress: z.string().optional(),
  /** The line above the causes. */
  causesHead: z.string().optional(),
  /** One for each cause, in their order. */
  causes: z.array(z.string()),
  /** Time and sizes, as sentences. */
  facts: z.array(z.string()),
  /** One for each preview, in their order. */
  previews: z.array(z.string()),
});
export type ChangeWords = z.infer<typeof ChangeWords>;

/** What the change of a pipeline does, with its words. */
export const PipelineChange = ChangeReport.extend({
  words: ChangeWords.extend({
    /** Why each package is built, or has another hash: a sentence for each, in their order. */
    packages: z.array(z.string()),
  }),
});
export type PipelineChange = z.infer<typeof PipelineChange>;
