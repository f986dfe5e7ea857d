import * as z from 'zod';
import { Time } from './formats.ts';
import { ChangeCause, PackageName } from './change-report.ts';

export const ComparedLock = z
  .object({
    name: z.string().describe('As it was asked for.'),
    pipeline: z.string().describe('The pipeline that recorded the lock.'),
    ref: z.string().describe('Branch, tag or `pull/<number>` of that pipeline.'),
    head: z.string().describe('The commit that its status belongs to.'),
    locks: z.array(z.string()).describe('SHA-256 of each lock, hexadecimal: one for each platform.'),
    packages: z.number().int().describe('How many packages it has, without those that the machine provides.'),
    createdAt: Time.describe('When the pipeline began.'),
  })
  .meta({ id: 'ComparedLock', description: 'One side of a comparison: the lock that a name stands for.' });
export type ComparedLock = z.infer<typeof ComparedLock>;

export const ComparedPackage = PackageName.extend({
  variants: z.string().optional().describe('As Spack prints them.'),
  size: z.number().int().optional().describe('Bytes on the mirror, if they are known.'),
}).meta({ id: 'ComparedPackage', description: 'A package of one side.' });
export type ComparedPackage = z.infer<typeof ComparedPackage>;

export const PackageDifference = z
  .object({
    from: ComparedPackage,
    to: ComparedPackage,
    kind: z
      .enum(['version', 'variants', 'rebuilt'])
      .describe('`rebuilt`: the same version and variants, of other dependencies, compiler, patches or recipe.'),
    changes: z.array(z.string()).describe('What differs in the package itself.'),
    reason: z.string().describe('Why its hash differs, down to the package where that began.'),
    causes: z.array(z.number().int()).describe('The same as indexes of `causes`, nearest first.'),
  })
  .meta({ id: 'PackageDifference', description: 'A package that both sides have, with other hashes.' });
export type PackageDifference = z.infer<typeof PackageDifference>;

export const LockComparison = z
  .object({
    from: ComparedLock,
    to: ComparedLock,
    headline: z.string().describe('All of it in one line.'),
    same: z.number().int().describe('How many packages both have as they are.'),
    roots: z
      .object({
        added: z.array(z.string()).describe('Of the second side alone.'),
        removed: z.array(z.string()).describe('Of the first side alone.'),
      })
      .describe('Specs of the environment that only one side has.'),
    causes: z.array(ChangeCause).describe('The changes that began it, those that change most hashes first.'),
    added: z.array(ComparedPackage).describe('Of the second side alone.'),
    removed: z.array(ComparedPackage).describe('Of the first side alone.'),
    changed: z.array(PackageDifference).describe('Of both sides, with other hashes.'),
    bytes: z
      .object({
        added: z.number().int().optional().describe('Of the packages that only the second side has.'),
        removed: z.number().int().optional().describe('Of the packages that only the first side has.'),
        growth: z.number().int().optional().describe('By how much an image of the lock grows or shrinks.'),
        unknown: z.number().int().describe('Packages whose size is not known.'),
      })
      .describe('Sizes in bytes.'),
    words: z
      .object({
        causes: z.array(z.string()).describe('One for each cause, in their order.'),
        facts: z.array(z.string()).describe('Sizes, as sentences.'),
      })
      .describe('The comparison in words.'),
  })
  .meta({
    id: 'LockComparison',
    description: 'What differs between the locks of two commits, pipelines or images. Sizes are bytes.',
  });
export type LockComparison = z.infer<typeof LockComparison>;
