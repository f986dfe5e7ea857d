import * as z from 'zod';
import { JobVariable } from './job-variable.ts';
import { JobView } from './job-view.ts';

export const JobReproduction = z
  .object({
    version: z.literal(1).describe('Version of this format.'),
    job: JobView,
    stack: z.string().describe('Name of the stack.'),
    trust: z.enum(['protected', 'pull-request', 'untrusted']).describe('How far its jobs are trusted.'),
    request: z.string().optional().describe('Number of the pull request, where there is one.'),
    source: z
      .object({
        remote: z.string().describe('The stack’s git remote, without credentials.'),
        ref: z.string().describe('Branch or tag; `pull/<number>` of a pull request.'),
        sha: z.string().describe('The commit that the job checked out.'),
        tree: z.string().describe('Tree of the commit.'),
        merge: z
          .object({
            head: z.string().describe('Head of the pull request.'),
            base: z.string().describe('Commit of its base branch.'),
          })
          .optional()
          .describe('Of a pull request: `sha` is the merge of `head` into `base`, which no remote has.'),
      })
      .describe('What the job checked out.'),
    lockDigest: z.string().optional().describe('Digest of the lock that the pipeline recorded.'),
    image: z
      .object({
        name: z.string().describe('Name.'),
        entrypoint: z.array(z.string()).optional().describe('Entrypoint that the job sets.'),
        digest: z.string().optional().describe('Digest of the image.'),
      })
      .optional()
      .describe('The image of the job, with its digest if that is in the log.'),
    executor: z.string().optional().describe('The executor according to its log: `docker`, `shell`, `embedded`.'),
    services: z.array(z.string()).describe('Images of its services.'),
    script: z.array(z.string()).describe('Its commands.'),
    afterScript: z.array(z.string()).describe('Commands of `after_script`.'),
    variables: z.array(JobVariable).describe('Variables of the job.'),
    withheld: z
      .array(z.string())
      .describe('Names of variables whose values are omitted because they are, or look like, secrets.'),
    inputs: z
      .array(
        z.object({
          job: z
            .string()
            .regex(/^[\w-]+$/)
            .describe('Id of the job.'),
          name: z.string().describe('Name.'),
        }),
      )
      .describe('Jobs whose archives were unpacked into the workspace, in order.'),
    hasArtifacts: z.boolean().describe('Whether the job left an archive.'),
    timeout: z.number().int().describe('Seconds.'),
    failure: z.string().optional().describe('The reason of its failure in the log, in one line.'),
  })
  .meta({ id: 'JobReproduction', description: 'All data that a job needs to run again elsewhere, without secrets.' });
export type JobReproduction = z.infer<typeof JobReproduction>;
