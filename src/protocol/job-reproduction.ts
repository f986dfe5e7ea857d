import * as z from 'zod';
import { JobVariable } from './job-variable.ts';
import { JobView } from './job-view.ts';

/** All data that a job needs to run again elsewhere, without secrets. */
export const JobReproduction = z.object({
  version: z.literal(1),
  job: JobView,
  stack: z.string(),
  trust: z.enum(['protected', 'pull-request', 'untrusted']),
  /** Number of the pull request, where there is one. */
  request: z.string().optional(),
  source: z.object({
    /** The stack's git remote, without credentials. */
    remote: z.string(),
    ref: z.string(),
    /** The commit that the job checked out. */
    sha: z.string(),
    tree: z.string(),
    /** Of a pull request: `sha` is the merge of `head` into `base`, which no remote has. */
    merge: z.object({ head: z.string(), base: z.string() }).optional(),
  }),
  /** Digest of the lock that the pipeline recorded. */
  lockDigest: z.string().optional(),
  /** The image of the job, with its digest if that is in the log. */
  image: z
    .object({ name: z.string(), entrypoint: z.array(z.string()).optional(), digest: z.string().optional() })
    .optional(),
  /** The executor according to its log: `docker`, `shell`, `embedded`. */
  executor: z.string().optional(),
  services: z.array(z.string()),
  script: z.array(z.string()),
  afterScript: z.array(z.string()),
  variables: z.array(JobVariable),
  /** Names of variables whose values are omitted because they are, or look like, secrets. */
  withheld: z.array(z.string()),
  /** Jobs whose archives were unpacked into the workspace, in order. */
  inputs: z.array(z.object({ job: z.string().regex(/^[\w-]+$/), name: z.string() })),
  /** Whether the job left an archive. */
  hasArtifacts: z.boolean(),
  /** Seconds. */
  timeout: z.number().int(),
  /** The reason of its failure in the log, in one line. */
  failure: z.string().optional(),
});
export type JobReproduction = z.infer<typeof JobReproduction>;
