import * as z from 'zod';
import { Time } from './formats.ts';
import { RunStatus } from './run-status.ts';

const hash = z.string().describe('Spack’s DAG hash: 32 characters.');
const name = z.string().describe('Name of the package.');
const version = z.string().describe('Version of the package.');

export const PackageView = z
  .object({
    name,
    version,
    hash,
    architecture: z.string().describe('`linux-debian13-x86_64_v3`.'),
    variants: z.string().describe('As Spack prints them: `+mpi~shared build_type=Release`.'),
    dependencies: z.number().int().describe('How many packages it depends on directly.'),
    dependents: z.number().int().describe('How many packages of the mirror depend on it directly.'),
  })
  .meta({ id: 'PackageView', description: 'A package on a stack’s mirror, from the mirror’s index.' });
export type PackageView = z.infer<typeof PackageView>;

export const PackageList = z
  .object({
    packages: z.array(PackageView).describe('Packages of the page.'),
    total: z.number().int().describe('How many match.'),
    signedBy: z
      .string()
      .optional()
      .describe('Fingerprint of the key that signs packages now; absent for what a pull request pushed.'),
  })
  .meta({ id: 'PackageList', description: 'One page of the packages of a mirror.' });
export type PackageList = z.infer<typeof PackageList>;

export const PackageEdge = z
  .object({
    name,
    version,
    hash,
    types: z.array(z.string()).describe('Why it is needed: `build`, `link`, `run`, `test`.'),
    mirror: z
      .enum(['this', 'protected', 'none'])
      .describe('Where it is: on this mirror, on the protected one, or on neither, as what the machine provides.'),
  })
  .meta({ id: 'PackageEdge', description: 'A package that another one depends on, or that depends on it.' });
export type PackageEdge = z.infer<typeof PackageEdge>;

export const PackageBuild = z
  .object({
    job: z.string().describe('Id of the job.'),
    name: z.string().describe('Name of the job.'),
    status: RunStatus.describe('Status of the job.'),
    pipeline: z.string().describe('Id of the topmost pipeline.'),
    ref: z.string().describe('Branch or tag of the pipeline.'),
    pullRequest: z.string().optional().describe('Number of the pull request.'),
    trust: z.enum(['protected', 'pull-request', 'untrusted']).describe('How far the change was trusted.'),
    runner: z.string().optional().describe('Runner that ran the job.'),
    startedAt: Time.optional().describe('When the job started.'),
    finishedAt: Time.optional().describe('When the job ended.'),
  })
  .meta({ id: 'PackageBuild', description: 'A job that built a package, or tried to.' });
export type PackageBuild = z.infer<typeof PackageBuild>;

export const ContainingImage = z
  .object({
    id: z.string().describe('Decimal.'),
    repository: z.string().describe('Repository of the image.'),
    tag: z.string().describe('Tag of the image.'),
    state: z.enum(['published', 'removed']).describe('`removed`: a preview whose pull request is over.'),
    createdAt: Time.describe('When it was requested.'),
  })
  .meta({ id: 'ContainingImage', description: 'An image that contains a package.' });
export type ContainingImage = z.infer<typeof ContainingImage>;

export const PackageDetail = z
  .object({
    package: PackageView,
    namespace: z.string().describe('Repository of the recipe: `builtin`.'),
    compiler: z.string().optional().describe('`gcc@13.2.0`; absent for what needs none.'),
    tarball: z
      .object({
        sha256: z.string().describe('SHA-256 of the archive.'),
        size: z.number().int().describe('Bytes.'),
        diffId: z.string().optional().describe('Digest of the archive when it is not compressed.'),
      })
      .optional()
      .describe('Archive of the package. Absent if its entry cannot be read.'),
    signature: z
      .object({
        state: z
          .enum(['signed', 'unsigned', 'invalid'])
          .describe(
            '`unsigned`: a pull request pushed it; `invalid`: its entry cannot be read, or no valid key signed it.',
          ),
        fingerprint: z.string().optional().describe('Fingerprint of the key that signed it.'),
        key: z
          .enum(['signing', 'accepted'])
          .optional()
          .describe('`accepted`: another key signs now, and this one is still valid.'),
      })
      .describe('Signature of the package.'),
    problem: z.string().optional().describe('Why its entry cannot be read.'),
    dependencies: z.array(PackageEdge).describe('Direct dependencies.'),
    dependents: z
      .array(PackageEdge)
      .describe('The first 100 packages that depend on it directly; the query `%/HASH` of the list finds all.'),
    others: z.array(PackageView).describe('The first 100 other packages of its name, the newest version first.'),
    images: z.array(ContainingImage).describe('The newest image of each tag that contains it, the newest first.'),
    builds: z.array(PackageBuild).describe('The newest 50 runs of jobs that make it, the newest first.'),
  })
  .meta({ id: 'PackageDetail', description: 'One package, and everything that it is connected with.' });
export type PackageDetail = z.infer<typeof PackageDetail>;

export const PackageFile = z
  .object({
    path: z.string().describe('Path below the prefix.'),
    kind: z.enum(['file', 'folder', 'symlink', 'hardlink']).describe('Kind of the entry.'),
    size: z.number().int().describe('Bytes.'),
    executable: z.boolean().describe('Whether its owner may execute it.'),
    target: z.string().optional().describe('What a link names.'),
  })
  .meta({ id: 'PackageFile', description: 'An entry of a package’s archive.' });
export type PackageFile = z.infer<typeof PackageFile>;

export const PackageFiles = z
  .object({
    prefix: z.string().describe('Where the package is meant to be installed.'),
    files: z.array(PackageFile).describe('Entries of the page, in the order of the archive.'),
    total: z.number().int().describe('How many match.'),
    installedSize: z.number().int().describe('Bytes of all files of the package.'),
  })
  .meta({ id: 'PackageFiles', description: 'One page of the files of a package.' });
export type PackageFiles = z.infer<typeof PackageFiles>;
