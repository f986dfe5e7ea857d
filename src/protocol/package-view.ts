import * as z from 'zod';

/** A package on a stack's mirror, from the mirror's index. */
export const PackageView = z.object({
  name: z.string(),
  version: z.string(),
  /** Spack's DAG hash: 32 characters. */
  hash: z.string(),
  /** `linux-debian13-x86_64_v3`. */
  architecture: z.string(),
  /** How many packages it depends on directly. */
  dependencies: z.number().int(),
});
export type PackageView = z.infer<typeof PackageView>;

export const PackageList = z.object({
  packages: z.array(PackageView),
  /** How many match. */
  total: z.number().int(),
  /** Fingerprint of the key that signed all of them; absent for what a pull request pushed. */
  signedBy: z.string().optional(),
});
export type PackageList = z.infer<typeof PackageList>;

/** One package with its manifest and spec. */
export const PackageDetail = z.object({
  package: PackageView,
  signedBy: z.string().optional(),
  tarball: z.object({ sha256: z.string(), size: z.number().int(), diffId: z.string().optional() }),
  dependencies: z.array(z.object({ name: z.string(), hash: z.string(), types: z.array(z.string()) })),
});
export type PackageDetail = z.infer<typeof PackageDetail>;
