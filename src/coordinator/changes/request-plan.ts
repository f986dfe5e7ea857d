import { SlipwayError, escapeUnseen, type Diagnostic } from '../../kit/index.ts';
import type { Sources } from '../../pipeline/index.ts';
import { Problem, viewOf, type DiagnosticView, type RequestPlan } from '../../protocol/index.ts';
import { clip } from '../../report/index.ts';
import type { ForgeRecords, Stack } from '../context.ts';
import type { RequestRecord } from '../requests/request-ledger.ts';
import { basePolicy } from '../requests/base-policy.ts';
import { configuresCi } from '../requests/rule-facts.ts';
import { commitPlan } from './commit-plan.ts';
import { conflictText } from './no-pipeline.ts';
import { plannedJobs, shownName } from './planned-jobs.ts';
import { subjectOfRequest } from './subject-of-request.ts';

const MOST_DIAGNOSTICS = 20;
const MOST_PATHS = 300;
/** Characters of a message. */
const LONGEST = 1000;

interface PlanParts {
  readonly context: ForgeRecords;
  readonly stack: Stack;
  readonly sources: Sources;
}

/**
 * Returns what would run for a request, for the person who lets it run. Its files are only read, within the limits of
 * any pipeline, and whatever is wrong with them is a part of the answer.
 */
export async function requestPlan(parts: PlanParts, request: RequestRecord): Promise<RequestPlan> {
  const none = { diagnostics: [], includes: [], jobs: [], jobCount: 0, paths: [] };
  try {
    const merge = await parts.stack.forge.mergeForTest(request);
    if ('conflict' in merge) return { ...none, nothing: shown(conflictText(request, merge.conflict)) };
    return { ...none, sha: merge.sha, ...(await planOfMerge(parts, request, merge)) };
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    return { ...none, problem: shownProblem(error) };
  }
}

async function planOfMerge(
  { context, stack, sources }: PlanParts,
  request: RequestRecord,
  merge: { readonly sha: string; readonly tree: string },
): Promise<Partial<RequestPlan>> {
  const subject = subjectOfRequest(request, merge);
  const read = new Set<string>();
  const isNamed = configuresCi((await basePolicy(context, stack, request)) ?? { images: [] });
  const paths = await stack.forge.changedPaths(merge.sha, request.baseSha);
  const plan = await commitPlan({ stack, sources: recording(sources, read) }, subject).catch((error: unknown) => {
    if (error instanceof SlipwayError) return error;
    throw error;
  });
  const changes = changesOf(paths, (path) => read.has(path) || isNamed(path));
  if (plan instanceof SlipwayError) return { problem: shownProblem(plan), ...changes };
  if (plan === undefined)
    return { nothing: 'No pipeline: the commit holds neither `.gitlab-ci.yml` nor `spack.yaml`', ...changes };
  const jobs = plan.plan?.jobs ?? [];
  return {
    nothing: jobs.length > 0 || plan.diagnostics.length > 0 ? undefined : shown(plan.notCreated ?? 'No job is left'),
    diagnostics: plan.diagnostics.slice(0, MOST_DIAGNOSTICS).map(diagnosticView),
    jobs: plannedJobs(jobs),
    jobCount: jobs.length,
    includes: plan.includes.map((one) => ({ ...one, source: shown(one.source), resolved: shown(one.resolved) })),
    ...changes,
  };
}

/** The same sources, which note the files that configure the pipeline. */
function recording(sources: Sources, read: Set<string>): Sources {
  return {
    ...sources,
    files: (subject) => {
      const files = sources.files(subject);
      return {
        ...files,
        readFile: (path) => {
          if (/\.ya?ml$/.test(path)) read.add(path);
          return files.readFile(path);
        },
      };
    },
  };
}

function changesOf(
  paths: readonly string[] | undefined,
  configures: (path: string) => boolean,
): Pick<RequestPlan, 'paths' | 'pathCount'> {
  const all = (paths ?? []).map((path) => ({ path, configures: configures(path) }));
  const first = all.toSorted((a, b) => Number(b.configures) - Number(a.configures)).slice(0, MOST_PATHS);
  return { paths: first.map((one) => ({ ...one, path: shownName(one.path) })), pathCount: paths?.length };
}

function diagnosticView({ code, severity, file, line, column, message, hint }: Diagnostic): DiagnosticView {
  return { ...shownProblem({ code, message, hint }), severity, file: shownName(file), line, column };
}

function shownProblem({ code, message, hint }: Problem): Problem {
  return viewOf(Problem, { code, message: shown(message), hint: hint && shown(hint) });
}

function shown(text: string): string {
  return clip(escapeUnseen(text), LONGEST);
}
