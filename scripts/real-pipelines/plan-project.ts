import {
  expandVariables,
  loadPipeline,
  type PipelineContext,
  type PipelineSources,
  type ReadPipeline,
} from '../../src/gitlab/index.ts';
import type { Checkout } from './checkout.ts';
import { openForge } from './include-forge.ts';
import type { IncludeServer } from './include-server.ts';
import type { Project } from './projects.ts';

/** The pipelines that are planned for each file. */
export const EVENTS = ['push', 'merge request', 'tag', 'schedule'] as const;
type Event = (typeof EVENTS)[number];

/** What one event makes of a configuration, and of the child pipelines that it triggers. */
interface Planned {
  readonly jobs: number;
  readonly children: number;
  readonly reason?: string;
  /** Other projects whose pipelines or artifacts its jobs name. */
  readonly projects: readonly string[];
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

interface Subject {
  readonly project: Project;
  readonly checkout: Checkout;
  readonly file: string;
  readonly includes: IncludeServer;
}

type Files = Parameters<typeof loadPipeline>[0];
type Context = Omit<PipelineContext, keyof PipelineSources>;
type Job = NonNullable<ReadPipeline['plan']>['jobs'][number];
type Trigger = NonNullable<Job['trigger']>;

/** Undefined where the project's server has no such event. */
export async function planProject(subject: Subject, event: Event): Promise<Planned | undefined> {
  if (event === 'merge request' && !subject.project.hasRequests) return undefined;
  const { checkout, file } = subject;
  const context = contextOf(subject, event);
  const sources = sourcesOf(subject);
  const files = [{ text: checkout.read(file) ?? '', file }];
  const { plan, notCreated, diagnostics } = await loadPipeline(files, context, sources);
  const triggered = (plan?.jobs ?? []).flatMap(({ trigger, variables }) => {
    const texts = trigger && childTexts(trigger, (name) => variables[name]?.value);
    return texts === undefined ? [] : [loadPipeline(texts, childContext(context), sources)];
  });
  const children = await Promise.all(triggered);
  const all = [diagnostics, ...children.map((child) => child.diagnostics)].flat();
  const messages = (severity: string) => [
    ...new Set(all.filter((one) => one.severity === severity).map((one) => `${one.file}:${one.line} ${one.message}`)),
  ];
  return {
    jobs: plan?.jobs.length ?? 0,
    children: children.reduce((sum, child) => sum + (child.plan?.jobs.length ?? 0), 0),
    reason: notCreated,
    projects: [plan, ...children.map((child) => child.plan)].flatMap((one) => (one?.jobs ?? []).flatMap(projectsOf)),
    errors: messages('error'),
    warnings: messages('warning'),
  };
}

function projectsOf({ trigger, needs = [], variables }: Job): readonly string[] {
  const named = [trigger?.downstream, ...needs].flatMap((one) => one?.project ?? []);
  return named.map((project) => expandVariables(project, (name) => variables[name]?.value));
}

/** Returns the configuration of a child pipeline; what jobs leave for it is one job of ours. */
function childTexts({ include }: Trigger, lookup: (name: string) => string | undefined): Files | undefined {
  if (include.length === 0) return undefined;
  return include.map((one): Files[number] => {
    if ('artifact' in one) return { text: 'made by a job: {script: x, stage: .pre}', file: one.artifact };
    const text = JSON.stringify({ include: [one] }).replace(/\$\{?(\w+)\}?/g, (whole, name) => lookup(name) ?? whole);
    return { text, file: 'trigger:include' };
  });
}

function contextOf({ project, checkout: { branch } }: Subject, event: Event): Context {
  const source = event === 'merge request' ? 'merge_request_event' : event === 'schedule' ? 'schedule' : 'push';
  return {
    source,
    variables: {
      ...projectVariables(project.path, branch),
      ...project.variables,
      CI_PIPELINE_SOURCE: source,
      ...refVariables(event, branch),
    },
  };
}

function sourcesOf({ project, checkout, includes }: Subject): PipelineSources {
  const { files } = checkout;
  return {
    readFile: async (path) => checkout.read(path),
    listFiles: async () => files,
    changedPaths: async () => files.slice(0, 20),
    fetchInclude: openForge(includes, { project, checkout }),
  };
}

function childContext(context: Context): Context {
  const source = 'parent_pipeline';
  return { ...context, source, variables: { ...context.variables, CI_PIPELINE_SOURCE: source } };
}

function projectVariables(path: string, branch: string): Record<string, string> {
  const [namespace = '', project = ''] = path.split('/');
  return {
    CI: 'true',
    GITLAB_CI: 'true',
    CI_SERVER_FQDN: 'gitlab.example.org',
    CI_SERVER_HOST: 'gitlab.example.org',
    CI_PROJECT_PATH: path,
    CI_PROJECT_NAMESPACE: namespace,
    CI_PROJECT_ROOT_NAMESPACE: namespace,
    CI_PROJECT_NAME: project,
    CI_PROJECT_URL: `https://gitlab.example.org/${path}`,
    CI_DEFAULT_BRANCH: branch,
    CI_COMMIT_SHA: '0'.repeat(40),
    CI_COMMIT_TITLE: 'A change',
    CI_COMMIT_MESSAGE: 'A change',
  };
}

function refVariables(event: Event, branch: string): Record<string, string> {
  if (event === 'tag') return { CI_COMMIT_TAG: 'v1.2.3', CI_COMMIT_REF_NAME: 'v1.2.3' };
  if (event !== 'merge request') return { CI_COMMIT_BRANCH: branch, CI_COMMIT_REF_NAME: branch };
  return {
    CI_COMMIT_REF_NAME: 'change',
    CI_MERGE_REQUEST_ID: '7',
    CI_MERGE_REQUEST_IID: '7',
    CI_OPEN_MERGE_REQUESTS: '!7',
    CI_MERGE_REQUEST_EVENT_TYPE: 'detached',
    CI_MERGE_REQUEST_LABELS: '',
    CI_MERGE_REQUEST_SOURCE_BRANCH_NAME: 'change',
    CI_MERGE_REQUEST_TARGET_BRANCH_NAME: branch,
  };
}
