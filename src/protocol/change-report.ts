import * as z from 'zod';
import { RunStatus } from './run-status.ts';

export const PackageName = z.object({
  name: z.string().describe('Name.'),
  version: z.string().describe('Version.'),
  hash: z.string().describe('Spack’s hash of the package.'),
});

export const ChangeCause = z
  .object({
    change: z.string().describe('What differs: `version 1.2.1 → 1.3`; `new` for packages that are new.'),
    count: z.number().int().describe('How many packages changed so in themselves.'),
    packages: z.array(PackageName).describe('The first of them.'),
    hashes: z.number().int().describe('How many hashes differ because of it, those of these packages included.'),
  })
  .meta({
    id: 'ChangeCause',
    description: 'A change that gives packages other hashes: of one package, or the same change of several.',
  });
export type ChangeCause = z.infer<typeof ChangeCause>;

export const ChangedPackage = PackageName.extend({
  before: z
    .string()
    .optional()
    .describe('The hash that it had; absent for a package that is new or whose hash is the same.'),
  build: z.boolean().describe('Whether the pipeline builds it.'),
  reason: z.string().describe('Why it is built or not, and why its hash differs.'),
  causes: z.array(z.number().int()).describe('Why its hash differs: indexes of `causes`, nearest first.'),
  own: z.boolean().describe('Whether it differs in itself: the first of its causes is then its own.'),
  through: z
    .array(z.string())
    .describe(
      'Hashes of the packages that it depends on directly and whose hashes differ too, or that are built before it.',
    ),
  job: z
    .object({ id: z.string().describe('Id of the job.'), status: RunStatus })
    .optional()
    .describe('The job that builds it, once there is one.'),
}).meta({ id: 'ChangedPackage', description: 'A package that is built, or whose hash differs.' });
export type ChangedPackage = z.infer<typeof ChangedPackage>;

export const ChangeReport = z
  .object({
    pipeline: z.string().optional().describe('Decimal id; absent for a plan.'),
    headline: z.string().describe('All of it in one line.'),
    against: z
      .object({ name: z.string().describe('Name.'), pipeline: z.string().optional().describe('Id of the pipeline.') })
      .optional()
      .describe('What the lock is compared with: a commit or branch, and its pipeline on a server.'),
    counts: z
      .object({
        total: z.number().int().describe('Packages of the lock, without those that the machine provides.'),
        build: z.number().int().describe('Packages to build.'),
        reused: z.number().int().describe('On a mirror, and not built.'),
        left: z.number().int().describe('On no mirror, and not built either: the change does not touch them.'),
        external: z.number().int().describe('Packages that the machine provides.'),
        changed: z
          .number()
          .int()
          .optional()
          .describe('How many hashes differ; absent without something to compare with.'),
        built: z.number().int().describe('Of those to build.'),
        failed: z.number().int().describe('Of those to build, how many failed.'),
        running: z.number().int().describe('Of those to build, how many are being built.'),
      })
      .describe('Numbers of packages.'),
    causes: z.array(ChangeCause).describe('The changes that began it, those that change most hashes first.'),
    packages: z.array(ChangedPackage).describe('Dependencies first.'),
    bytes: z
      .object({
        reused: z
          .number()
          .int()
          .optional()
          .describe('Of the packages that are reused, as far as their sizes are known.'),
        mirror: z
          .number()
          .int()
          .optional()
          .describe('What the builds add to the mirror, by the sizes of the same packages before.'),
        image: z.number().int().optional().describe('The part of it that the image needs.'),
        growth: z
          .number()
          .int()
          .optional()
          .describe('By how much the image grows (or shrinks), before compression of its own layers.'),
        unknown: z.number().int().describe('Packages to build whose size is not known.'),
      })
      .describe('Sizes in bytes.'),
    time: z
      .object({
        seconds: z.number().describe('Expected seconds of the whole, from the beginning.'),
        work: z.number().describe('Seconds of all jobs together.'),
        left: z
          .number()
          .optional()
          .describe('Expected seconds until the end; absent for a plan and for a pipeline that has ended.'),
        jobs: z.number().int().describe('How many jobs are assumed to run at once.'),
        criticalPath: z.array(z.string()).describe('Names of the packages that keep the end from being earlier.'),
        unknown: z.number().int().describe('Packages without a time of their own: each counts like the usual one.'),
      })
      .optional()
      .describe('Expected duration; absent if it is unknown.'),
    saved: z
      .number()
      .optional()
      .describe('Seconds that the reused packages took to build before; absent if nothing is known of them.'),
    previews: z
      .array(
        z.object({
          reference: z.string().describe('Name of the image.'),
          state: z.string().describe('State of the image.'),
          digest: z.string().optional().describe('Digest of the image.'),
          page: z.string().describe('Path of the server’s page.'),
        }),
      )
      .describe('Images of the pull request.'),
  })
  .meta({
    id: 'ChangeReport',
    description:
      'What a change does: which packages are built and why, how long that takes, and what it adds. Sizes ' +
      'are bytes.',
  });
export type ChangeReport = z.infer<typeof ChangeReport>;

const ChangeWords = z
  .object({
    progress: z.string().optional().describe('How far it is; absent for a plan and after the end.'),
    causesHead: z.string().optional().describe('The line above the causes.'),
    causes: z.array(z.string()).describe('One for each cause, in their order.'),
    facts: z.array(z.string()).describe('Time and sizes, as sentences.'),
    previews: z.array(z.string()).describe('One for each preview, in their order.'),
  })
  .describe('A change in words, as statuses, comments and terminals have them.');
export type ChangeWords = z.infer<typeof ChangeWords>;

export const PipelineChange = ChangeReport.extend({
  words: ChangeWords.extend({
    packages: z
      .array(z.string())
      .describe('Why each package is built, or has another hash: a sentence for each, in their order.'),
  }).describe('The change in words.'),
}).meta({
  id: 'PipelineChange',
  description: 'What the change of a pipeline does, with its words.',
});
export type PipelineChange = z.infer<typeof PipelineChange>;
