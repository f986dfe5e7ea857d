import * as z from 'zod';

export const PackageView = z
  .object({
    name: z.string().describe('Name of the package.'),
    version: z.string().describe('Version of the package.'),
    hash: z.string().describe('Spack’s DAG hash: 32 characters.'),
    architecture: z.string().describe('`linux-debian13-x86_64_v3`.'),
    dependencies: z.number().int().describe('How many packages it depends on directly.'),
  })
  .meta({ id: 'PackageView', description: 'A package on a stack’s mirror, from the mirror’s index.' });
export type PackageView = z.infer<typeof PackageView>;

export const PackageList = z
  .object({
    packages: z.array(PackageView).describe('Packages of the page, sorted by name.'),
    total: z.number().int().describe('How many match.'),
    signedBy: z
      .string()
      .optional()
      .describe('Fingerprint of the key that signed all of them; absent for what a pull request pushed.'),
  })
  .meta({ id: 'PackageList', description: 'One page of the packages of a mirror.' });
export type PackageList = z.infer<typeof PackageList>;

export const PackageDetail = z
  .object({
    package: PackageView,
    signedBy: z.string().optional().describe('Fingerprint of the key that signed it.'),
    tarball: z
      .object({
        sha256: z.string().describe('SHA-256 of the archive.'),
        size: z.number().int().describe('Bytes.'),
        diffId: z.string().optional().describe('Digest of the archive when it is not compressed.'),
      })
      .describe('Archive of the package.'),
    dependencies: z
      .array(
        z.object({
          name: z.string().describe('Name of the package.'),
          hash: z.string().describe('Spack’s hash of the package.'),
          types: z.array(z.string()).describe('Why it is needed: `build`, `link`, `run`, `test`.'),
        }),
      )
      .describe('Direct dependencies.'),
  })
  .meta({ id: 'PackageDetail', description: 'One package with its manifest and spec.' });
export type PackageDetail = z.infer<typeof PackageDetail>;
