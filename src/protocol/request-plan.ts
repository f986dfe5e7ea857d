import * as z from 'zod';
import { Problem } from './problem.ts';

/** A text of a repository, or its beginning. Characters that are not seen are written as `\u{…}`. */
const ShownText = z.object({
  text: z.string(),
  /** How many characters follow that are not shown. */
  omitted: z.number().int(),
});
export type ShownText = z.infer<typeof ShownText>;

/** A job that would run, as its configuration has it: variables are not expanded. Long texts are cut. */
export const PlannedJob = z.object({
  name: z.string(),
  stage: z.string(),
  kind: z.enum(['script', 'trigger']),
  /** `on_success`, `manual`, … */
  when: z.string(),
  image: z.string().optional(),
  /** Images of its services. */
  services: z.array(z.string()),
  tags: z.array(z.string()),
  /** Commands that run before the sources are fetched. */
  beforeSources: ShownText.optional(),
  /** `before_script` and `script`. */
  script: ShownText.optional(),
  afterScript: ShownText.optional(),
  /** One `NAME=value` a line. */
  variables: ShownText.optional(),
  /** Where a trigger finds its child pipeline. */
  children: z.array(z.string()),
});
export type PlannedJob = z.infer<typeof PlannedJob>;

/** A fault of a configuration. */
export const DiagnosticView = Problem.extend({
  severity: z.enum(['error', 'warning']),
  file: z.string(),
  line: z.number().int(),
  column: z.number().int(),
});
export type DiagnosticView = z.infer<typeof DiagnosticView>;

/** What would run for a request, read from its head merged into its base. */
export const RequestPlan = z.object({
  /** SHA of the merge; absent where they conflict. */
  sha: z.string().optional(),
  /** Why nothing would run. */
  nothing: z.string().optional(),
  /** Why the plan could not be read. */
  problem: Problem.optional(),
  /** The first faults of its configuration. */
  diagnostics: z.array(DiagnosticView),
  /** The first jobs. */
  jobs: z.array(PlannedJob),
  /** Of all jobs. */
  jobCount: z.number().int(),
  /** Paths that the merge changes in the base, first those that configure pipelines. */
  paths: z.array(z.object({ path: z.string(), configures: z.boolean() })),
  /** Of all changed paths; absent where it is not known what differs. */
  pathCount: z.number().int().optional(),
});
export type RequestPlan = z.infer<typeof RequestPlan>;
