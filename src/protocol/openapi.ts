import * as z from 'zod';
import { AuditRecord } from './audit-record.ts';
import { ChangeCause, ChangedPackage } from './change-report.ts';
import { FailedJob, Failure } from './failure-report.ts';
import { operations, type Operation } from './operations.ts';
import { ImageContents, ImageView, LayerView, PullView } from './image-view.ts';
import { AttemptView, JobView } from './job-view.ts';
import { LogSection } from './log-index.ts';
import { PackageView } from './package-view.ts';
import { CommitView, PipelineView, PipelineWithJobs } from './pipeline-view.ts';
import { Problem } from './problem.ts';
import { CommandView } from './request-detail.ts';
import { DiagnosticView, PlannedJob, RequestPlan } from './request-plan.ts';
import { QueuedJob, QueuedPipeline } from './queue-view.ts';
import { BlockView, QuotaView } from './quota-view.ts';
import { RunnerJob, RunnerMachine, RunnerView } from './runner-view.ts';
import { BranchView, RequestView } from './stack-view.ts';
import { StatusView } from './status-view.ts';

const shared = {
  AuditRecord,
  AttemptView,
  BranchView,
  ChangeCause,
  ChangedPackage,
  CommandView,
  CommitView,
  DiagnosticView,
  FailedJob,
  Failure,
  ImageContents,
  ImageView,
  JobView,
  LayerView,
  LogSection,
  PackageView,
  PipelineView,
  PipelineWithJobs,
  PlannedJob,
  Problem,
  QueuedJob,
  QueuedPipeline,
  QuotaView,
  BlockView,
  PullView,
  RequestPlan,
  RequestView,
  RunnerJob,
  RunnerMachine,
  RunnerView,
  StatusView,
};

/** Describes the REST interface as an OpenAPI 3.1 document. */
export function openapi(version: string): Readonly<Record<string, unknown>> {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Slipway',
      version,
      description: 'Reading what a Slipway server knows. Ids are text, times UTC ISO 8601, sizes bytes.',
      license: { name: 'Apache-2.0 OR MIT' },
    },
    servers: [{ url: '/api/v1' }],
    paths: Object.fromEntries(operations.map((operation) => [operation.path, { get: describeOperation(operation) }])),
    components: { schemas: schemas() },
  };
}

function describeOperation({ path, summary, query = [], ...operation }: Operation): unknown {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
  const inPath = names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } }));
  const inQuery = query.map(({ name, type, description }) => ({ name, in: 'query', description, schema: { type } }));
  const [name] = Object.keys(operation.answer ?? {});
  const schema = name === undefined ? { type: 'string' } : { $ref: refTo(name) };
  const problem = {
    description: 'What is wrong, and what to do about it',
    content: { 'application/json': { schema: { $ref: refTo('Problem') } } },
  };
  return {
    operationId: operationId(path),
    summary,
    parameters: [...inPath, ...inQuery],
    responses: {
      200: { description: summary, content: { [operation.mediaType ?? 'application/json']: { schema } } },
      default: problem,
    },
  };
}

/** `/stacks/{stack}/packages` → `getStackPackages`. */
function operationId(path: string): string {
  const words = path.split('/').filter((part) => part !== '' && !part.startsWith('{'));
  const isOne = (index: number): boolean =>
    path.split('/')[path.split('/').indexOf(words[index] as string) + 1]?.startsWith('{') === true;
  const named = words.map((word, index) => (isOne(index) ? word.replace(/s$/, '') : word));
  return `get${named.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')}`;
}

function schemas(): unknown {
  const registry = z.registry<{ id: string }>();
  const answers = operations.map(({ answer }) => answer);
  for (const [id, schema] of Object.entries<z.ZodType>(Object.assign({ ...shared }, ...answers)))
    registry.add(schema, { id });
  const { schemas: found } = z.toJSONSchema(registry, { uri: refTo, target: 'draft-2020-12' });
  return Object.fromEntries(
    Object.entries(found).map(([name, { $schema: _schema, $id: _id, ...rest }]) => [name, rest]),
  );
}

function refTo(name: string): string {
  return `#/components/schemas/${name}`;
}
