import * as z from 'zod';
import { JobVariable } from './job-variable.ts';
import { JobView } from './job-view.ts';

/** All that it takes to run a job again somewhere else, without a secret. */
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
  /** The image that the job asks for; the digest, if its log tells which it got. */
  image: z
    .object({ name: z.string(), entrypoint: z.array(z.string()).optional(), digest: z.string().optional() })
    .optional(),
  /** What ran it, as its log says: `docker`, `shell`, `embedded`. */
  executor: z.string().optional(),
  services: z.array(z.string()),
  script: z.array(z.string()),
  afterScript: z.array(z.string()),
  variables: z.array(JobVariable),
  /** Names of variables whose values are kept back because they are, or look like, secrets. */
  withheld: z.array(z.string()),
  /** Jobs whose archives were laid into the workspace, in order. */
  inputs: z.array(z.object({ job: z.string(), name: z.string() })),
  /** Whether the job left an archive. */
  hasArtifacts: z.boolean(),
  /** Seconds. */
  timeout: z.number().int(),
  /** What its log says of why it failed, in one line. */
  failure: z.string().optional(),
});
export type JobReproduction = z.infer<typeof JobReproduction>;
