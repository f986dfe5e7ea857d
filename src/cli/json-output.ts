import * as z from 'zod';
import {
  AuditRecord,
  ChangeReport,
  CreatedRegistrationToken,
  CreatedRunner,
  CreatedToken,
  DestinationView,
  FailureReport,
  ImageView,
  JobView,
  PipelineView,
  Problem,
  QuotaList,
  RunnerSummary,
  RunnerView,
  StatusView,
  TokenList,
  TokenView,
} from '../protocol/index.ts';
import { imageOutput } from './commands/image/image-output.ts';
import { mirrorOutput } from './commands/mirror/mirror-output.ts';
import { packageId } from './package-id.ts';

// What `--json` prints. The reference is generated from these schemas, and a test checks the output of commands against
// them; nothing reads them when a command runs.

const text = z.string();
const texts = z.array(text);
const count = z.number().int();
const strict = z.strictObject;

const summary = z.strictObject({
  name: text,
  problem: Problem.optional().describe('Why the stack runs no pipelines, or writes no comments'),
  statuses: z.array(StatusView),
  pipelines: z.array(PipelineView.extend({ jobs: z.array(JobView).optional(), failure: FailureReport.optional() })),
  images: z.array(ImageView),
});

const acted = z.union([
  strict({ pipeline: text, job: text, id: text.optional(), attempt: count.optional(), status: text }),
  strict({ pipeline: text, status: text, url: text }),
]);

const block = strict({ kind: text, stack: text, name: text, canceled: texts.optional() });

const reason = {
  ...packageId,
  before: text.optional().describe('Previous hash'),
  own: texts.describe('Differences in the package itself'),
  through: texts.describe('Hashes of the dependencies that have changed'),
  roots: z
    .array(strict({ ...packageId, changes: texts, path: texts }))
    .describe('Packages that cause the change, nearest first'),
};

const decided = {
  build: count.describe('Number of packages that are built'),
  keep: count.describe('Number of packages that are not built'),
  packages: z.array(
    strict({
      ...packageId,
      build: z.boolean(),
      reason: text,
      present: z.boolean().describe('Whether a mirror has the package'),
      needs: texts.describe('Hashes of the packages that must be built first'),
      depth: count,
    }),
  ),
};

const keyFile = strict({ fingerprint: text, file: text });
const installedSpack = z.looseObject({ version: text, commit: text, folder: text, isDefault: z.boolean() });
const hook = strict({ path: text, outcome: z.enum(['installed', 'unchanged', 'updated', 'removed', 'absent']) });
const ending = { exitCode: count.optional(), failure: text.optional() };

/** The schema of one line of JSON for each command with `--json`. */
export const jsonOutput = {
  demo: strict({
    pipelines: z.array(z.looseObject({ status: text, seconds: z.number() })),
    mirror: strict({ specs: count, signed: count }),
    image: strict({ reference: text, digest: text, layers: count }),
    second: strict({ rebuilt: texts, layersUploaded: count, bytesUploaded: count, bytesTotal: count }),
    ran: text,
  }),
  init: strict({ kind: text, name: text, written: texts, kept: texts }),
  doctor: z.looseObject({
    ok: z.boolean(),
    parts: z.array(
      z.looseObject({ name: text, isNeeded: z.boolean(), found: text.optional(), use: text, remedy: text }),
    ),
  }),
  run: z.discriminatedUnion('event', [
    strict({
      event: z.literal('job').describe('With `--list`'),
      name: text,
      stage: text,
      kind: text,
      when: text,
      allowFailure: z.boolean(),
      needs: texts.nullable(),
    }),
    strict({ event: z.literal('job-status'), job: text, status: text }),
    strict({ event: z.literal('job-log'), job: text, line: text }),
    strict({ event: z.literal('warning'), message: text, file: text, line: count, column: count }),
    strict({ event: z.literal('error'), message: text, file: text, line: count, column: count }),
    strict({
      event: z.literal('summary'),
      status: text,
      jobs: z.array(
        z.looseObject({ name: text, stage: text, status: text, attempts: count, exitCode: count.nullable() }),
      ),
    }),
  ]),
  plan: strict({
    ...decided,
    lock: z
      .looseObject({ from: text, kept: texts, solved: texts, dropped: texts })
      .optional()
      .describe('What was kept of the lock of the base branch'),
    changed: z.array(strict(reason)).optional().describe('With `--against`'),
    change: ChangeReport.describe('What the plan does, as the server reports it of a pipeline'),
  }),
  why: strict({
    against: text,
    packages: z.array(strict({ ...reason, build: z.boolean().optional(), decision: text.optional() })),
  }),
  reproduce: strict({
    job: text,
    folder: text,
    outcome: z.enum(['reproduced', 'failed-otherwise', 'succeeded']).optional(),
    here: strict(ending).optional(),
    there: strict({ ...ending, status: text.optional() }).optional(),
  }),
  status: strict({
    stacks: z.array(summary),
    failingDestinations: z
      .array(DestinationView)
      .describe('Destinations of notifications that have failed for a long time'),
  }),
  'status post': strict({
    repository: text,
    sha: text,
    context: text,
    state: text,
    description: text,
    url: text.optional(),
  }),
  jobs: strict({
    pipeline: z.looseObject(PipelineView.shape),
    jobs: z.array(JobView).describe('Jobs of the pipeline and of its child pipelines'),
  }),
  trigger: z.looseObject({ id: text, url: text, status: text }),
  approve: z.looseObject({ id: text.optional(), url: text.optional(), message: text.optional() }),
  retry: acted,
  play: acted,
  cancel: acted,
  'publish retry': strict({ images: z.array(z.looseObject({ ...ImageView.shape, url: text })) }),
  'quota list': QuotaList,
  'quota block': block,
  'quota unblock': block,
  audit: z.union([
    AuditRecord,
    z.looseObject({ folder: text, records: count, head: text }).describe('With `--verify`'),
  ]),
  open: strict({ url: text }),
  ...mirrorOutput,
  ...imageOutput,
  'notary log': z.looseObject({ file: text, lines: count, head: text }),
  'key create': z.union([keyFile, strict({ id: text, publicKey: text, file: text }).describe('With `--cosign`')]),
  'key import': keyFile,
  'key export': z.union([
    strict({ fingerprint: text, publicKey: text }),
    strict({ id: text, publicKey: text }).describe('With `--images`'),
    strict({ fingerprint: text, files: texts }).describe('With `--to`'),
  ]),
  'key list': strict({
    keys: z.array(z.looseObject({ fingerprint: text, use: text, state: text, since: text, configured: z.boolean() })),
  }),
  'key rotate': strict({ signing: text, before: text.optional() }),
  'key accept': strict({ accepted: texts }),
  'key revoke': strict({ revoked: text, signed: z.array(z.looseObject({ stack: text, ...packageId })) }),
  'key re-sign': strict({ entries: z.array(z.looseObject({ stack: text, entry: text, done: text })) }),
  'runner create': CreatedRunner,
  'runner list': strict({ runners: z.array(z.union([RunnerSummary, RunnerView.describe('With `--url`')])) }),
  'runner show': z.union([RunnerSummary, RunnerView.describe('With `--url`')]),
  'runner edit': RunnerSummary,
  'runner pause': RunnerSummary,
  'runner resume': RunnerSummary,
  'runner remove': RunnerSummary,
  'runner rotate': CreatedRunner,
  'runner allow-registration': CreatedRegistrationToken,
  'runner end-registration': strict({}),
  'token create': CreatedToken,
  'token list': TokenList,
  'token revoke': z.union([TokenView, strict({ ended: count }).describe('With `--sessions-of`')]),
  login: z.union([
    strict({ url: text, name: text.optional() }),
    strict({
      servers: z.array(strict({ url: text, name: text.optional(), isCurrent: z.boolean() })),
    }).describe('With `--list`'),
  ]),
  logout: strict({ url: text }),
  'notify list': strict({ destinations: z.array(DestinationView) }),
  'notify test': strict({ destination: text, channel: text, answer: z.unknown() }),
  'spack install': installedSpack.extend({ installed: z.boolean().describe('Whether it was installed now') }),
  'spack list': z.array(installedSpack),
  'spack remove': installedSpack,
  'hook install': hook,
  'hook remove': hook,
  'forge connect': strict({
    id: count.describe('Number of the App'),
    page: text,
    install: text.describe('Page that installs the App for repositories'),
    privateKey: text.describe('File'),
    webhookSecret: text.optional().describe('File; absent for an App without a webhook'),
  }),
  lock: strict({ part: count, parts: count, file: text, roots: z.array(strict({ spec: text, hash: text })) }),
  generate: strict({
    ...decided,
    lockDigest: text,
    output: text,
    jobs: z.unknown().describe('Jobs of the pipeline, by hash'),
    downstream: text.optional(),
  }),
  rebuild: z.looseObject({}).describe('The result of the build'),
} as const satisfies Readonly<Record<string, z.ZodType>>;
