import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import * as z from 'zod';

const Texts = z.record(z.string(), z.string());

const Context = z.strictObject({
  source: z.string().default('push'),
  /** Predefined variables besides those of a push to `main`; null takes one away. */
  variables: z.record(z.string(), z.string().nullable()).default({}),
  projectVariables: Texts.default({}),
  pipelineVariables: Texts.default({}),
  inputs: z.record(z.string(), z.unknown()).optional(),
  /** Files of the repository. */
  files: Texts.default({}),
  /** What `fetchInclude` has, by the words of its request joined by blanks. */
  elsewhere: Texts.optional(),
  /** Paths that changed since each thing to compare with; `before` is what the ref was before. */
  changed: z.record(z.string(), z.array(z.string())).default({}),
});

const Expected = z.strictObject({
  /** Names of all jobs, in their order. */
  jobs: z.array(z.string()).optional(),
  stages: z.array(z.string()).optional(),
  name: z.string().optional(),
  autoCancel: z.record(z.string(), z.string()).optional(),
  /** Global variables. */
  variables: z.record(z.string(), z.unknown()).optional(),
  /** Parts of jobs' plans. */
  job: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
  /** Variables that a job must not have. */
  without: z.record(z.string(), z.array(z.string())).optional(),
  /** Part of the reason why there is no pipeline. */
  notCreated: z.string().optional(),
  /** `CODE line:column`, with `file ` before it where that is not the main file; all there are. */
  diagnostics: z.array(z.string()).default([]),
});

/** What `slipway run` must do with the same files. */
const Run = z.strictObject({
  arguments: z.array(z.string()).default([]),
  status: z.string(),
  /** Status of each job by name; of a child's jobs with the trigger's name and ` / ` before. */
  jobs: Texts,
  /** Lines that must stand in a job's log in this order, and ones (after `!`) that must not. */
  output: z.record(z.string(), z.array(z.string())).default({}),
  attempts: z.record(z.string(), z.number()).default({}),
  /** Whether gitlab-ci-local does the same; if not, in what it differs. */
  peer: z.union([z.literal(true), z.string().min(10)]),
});

const Header = z.strictObject({
  about: z.string().min(10),
  clause: z.url({ hostname: /^docs\.gitlab\.com$/ }),
  context: Context.default(Context.parse({})),
  expect: Expected.default(Expected.parse({})),
  run: Run.optional(),
});

/** One case: what GitLab's documentation says, as a pipeline and what must come of it. */
export interface ConformanceCase extends z.infer<typeof Header> {
  /** `needs/optional`: its file below `test/conformance`, without the ending. */
  readonly name: string;
  readonly pipeline: string;
}

/** All cases, by name. A file is a header, a line `---`, and the pipeline's text, whose own lines count from 1. */
export function readConformanceCases(folder: string): readonly ConformanceCase[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.yml'));
  return files.toSorted().map((file) => {
    const text = readFileSync(join(folder, file), 'utf8');
    const cut = text.indexOf('\n---\n');
    const header = Header.safeParse(load(text.slice(0, cut + 1)));
    if (!header.success) throw new Error(`${file}: ${z.prettifyError(header.error)}`);
    return { ...header.data, name: file.replace(/\.yml$/, ''), pipeline: text.slice(cut + 5) };
  });
}
