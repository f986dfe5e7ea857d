import { createPipeline } from '../../src/pipeline/index.ts';
import type { FailureReport } from '../../src/protocol/index.ts';
import {
  createAccessLedger,
  createFeed,
  createForgeLedger,
  createIdentityLedger,
  createNotificationLedger,
  createPackageHistory,
  createPipelineLedger,
  createPromotionLedger,
  createRunnerLedger,
  createTrendLedger,
  type Database,
} from '../../src/store/index.ts';
import { planFrom } from './plan.ts';

const stack = 'lab';
const sha = 'a'.repeat(40);
const tree = 'b'.repeat(40);
const digest = 'c'.repeat(64);
const hash = 'd'.repeat(32);
const at = '2026-11-30T00:00:00.000Z';
const later = '2026-12-30T00:00:00.000Z';
const context = 'slipway';
const text = `
stages: [build, test]
tide: { stage: build, script: make, variables: { SPACK_JOB_SPEC_PKG_NAME: libtide, SPACK_JOB_SPEC_DAG_HASH: ${hash} } }
check: { stage: test, script: make test }
`;
const subject = { stack, source: 'push', refType: 'branch', ref: 'main', head: sha, base: sha, sha, tree } as const;
const external = { stack, issuer: 'https://gitlab.example.org', project: '7', pipeline: '1234' };
const condition = { kind: 'pipeline', stack, subject: 'main' } as const;
const refusal: FailureReport = { status: 'failed', headline: 'No such stage', failures: [], skipped: 0 };
const pullRequest = { number: '7', title: 'Raise the tide', headSha: sha, baseBranch: 'main', baseSha: sha };

/** Stores a row in every table, by the functions of the store. */
export function storeRows(database: Database): void {
  storePipeline(database);
  storeForge(database);
  storeImage(database);
  storePeople(database);
  storePromotion(database);
  storeTrend(database);
  storeNotifications(database);
}

function storePipeline(database: Database): void {
  const pipelines = createPipelineLedger(database);
  const options = { at, state: (id: string) => createPipeline(id, planFrom(text)) };
  const { id } = pipelines.create({ ...subject, trust: 'protected', beforeSha: sha, actor: 'ada' }, options);
  pipelines.apply(id, { type: 'started', at }, at);
  pipelines.apply(id, { type: 'job-assigned', job: 'tide', attempt: 1, runner: 'r', at }, at);
  pipelines.apply(id, { type: 'job-finished', job: 'tide', attempt: 1, outcome: 'success', at: later }, later);
  pipelines.create({ ...subject, trust: 'protected' }, { ...options, parent: { pipeline: id, job: 'tide' } });
  pipelines.addLock(id, { job: 'tide', path: 'spack.lock', digest, inputs: digest });
  const run = pipelines.latestRun(id, 'tide')?.id ?? '';
  pipelines.addArtifact({ job: run, type: 'archive', format: 'zip', file: 'jobs/1.zip', size: 9, expiresAt: later });
  const failures = [{ suite: 'waves', name: 'rise', message: 'too low' }];
  pipelines.setTests(run, { total: 2, failed: 1, errored: 0, skipped: 0, seconds: 1.5, failures });
}

function storeForge(database: Database): void {
  const ledger = createForgeLedger(database);
  ledger.projectId(stack);
  const events = [{ type: 'branch-pushed', branch: 'main', sha, actor: 'ada' } as const];
  ledger.receive(stack, { refs: new Map([['refs/heads/main', sha]]), events, at });
  ledger.savePush(stack, { ref: 'refs/heads/main', sha, actor: 'ada', at });
  ledger.saveDeliveries([{ stack, id: 'd1', event: 'push', at }], '2026');
  ledger.requestNumber(stack, 'topic');
  ledger.saveRequest({
    ...pullRequest,
    stack,
    state: 'open',
    fork: true,
    author: 'ada',
    approval: { sha, by: 'ada', at },
  });
  const given = { request: '7', source: 'comment:1', actor: 'ada', command: 'run', text: '/slipway run', sha, at };
  ledger.saveCommand({ stack, ...given });
  ledger.answerCommand('1', { state: 'done', answer: 'Pipeline 1 runs.' });
  ledger.saveCommentsReadTo(stack, at);
  const held = { state: 'pending', outcome: 'held', description: 'Held', url: 'http://x/1', pipeline: '1' } as const;
  ledger.saveStatus({ stack, sha, context, ...held, at });
  for (const status of ledger.unpostedStatuses(stack)) ledger.statusPosted(status, at);
  for (const comment of ledger.dueComments(stack)) ledger.commentWritten(comment, { digest, occasion: 'open', at });
  ledger.saveStatus({
    stack,
    sha,
    context,
    state: 'failure',
    description: 'check failed',
    detail: 'Why',
    failure: refusal,
    at: later,
  });
}

function storeImage(database: Database): void {
  const ledger = createForgeLedger(database);
  const named = { stack, repository: 'registry.example.org/lab/tide', tag: 'main', refType: 'branch', ref: 'main' };
  const { id } = ledger.addPublication({ ...named, refType: 'branch', commit: sha, tree, createdAt: at });
  ledger.updatePublication(id, { state: 'published', pipeline: '1', finishedAt: later });
  ledger.setImagePackages(id, [hash]);
}

function storePeople(database: Database): void {
  const access = createAccessLedger(database);
  const times = { createdAt: at, createdBy: 'root', expiresAt: later };
  const token = access.addToken({ name: 'robot', scope: 'read', stacks: [stack], actor: 'ada', ...times }, digest);
  access.recordUse(token, at);
  access.revokeToken(token, later);
  access.addSession({ provider: 'oidc', name: 'ada', groups: ['team'], createdAt: at, expiresAt: later }, digest);
  const identities = createIdentityLedger(database);
  identities.useToken(digest, { expiresAt: 2_000_000_000, now: 1_900_000_000 });
  identities.setPipeline(external, '1');
  storeRunners(database);
}

function storeRunners(database: Database): void {
  const runners = createRunnerLedger(database);
  runners.unregister('old', digest, at);
  const takes = {
    tags: ['arm'],
    runUntagged: true,
    protectedOnly: false,
    sandbox: true,
    trusted: false,
    stacks: ['*'],
  };
  const settings = { ...takes, concurrency: 2, cores: 4, maximumTimeout: 600, note: 'rack 7', tokenDays: 30 };
  const times = { createdAt: at, createdBy: 'root', expiresAt: later };
  const id = runners.addRunner({ name: 'north', ...settings, paused: false, ...times }, digest);
  runners.setPaused(id, true);
  const old = { digest, until: later };
  runners.setTokens(id, { current: digest.replaceAll('c', 'e'), old }, { rotatedAt: later, expiresAt: later });
  runners.setRegistrationToken({ digest, stacks: [stack], sandbox: true, ...times });
}

function storePromotion(database: Database): void {
  const promotions = createPromotionLedger(database);
  const built = { name: 'libtide', version: '1.0', hash };
  const entry = { ...built, stack, prefix: 'pr/7', pipeline: '1', tree, lock: digest, job: '1', runner: 'r' };
  promotions.addPackage({ ...entry, isTrusted: true, manifest: '{}' });
  const from = { fromPipeline: '1', fromJob: '1', reason: 'same lock' };
  promotions.save({ ...built, stack, pipeline: '2', outcome: 'promoted', tarball: digest, ...from, at });
}

function storeTrend(database: Database): void {
  const ended = { pipeline: '1', stack, finishedAt: later, status: 'failed', seconds: 60 } as const;
  const sizes = { built: 1, reused: 2, builtBytes: 10, reusedBytes: 20 };
  createTrendLedger(database).save({ ...ended, ...sizes, failures: { test: 1 } });
  const used = { seconds: 50, cpuSeconds: 90, memory: 2e9, disk: 3e6, method: 'cgroup' } as const;
  createPackageHistory(database).record({ package: 'libtide', version: '1.0', phase: 'script', ...used, at });
}

function storeNotifications(database: Database): void {
  const ledger = createNotificationLedger(database);
  ledger.saveCursor(3);
  ledger.saveCondition({ ...condition, isBad: true, occasion: 1, reportedTo: ['team'] });
  const event = { type: 'pipeline.failed', stack, subject: 'main', title: 'It failed', text: 'Why', url: 'http://x/1' };
  ledger.add('team', { ...event, at });
  ledger.message('team', { id: 'msg_1', limit: 10 });
  const failure = { attempts: 2, retryAt: later, problem: '502', failingSince: at, isReported: true };
  ledger.setFailure('team', failure);
}

/** Reads what `storeRows` stored, by the functions of the store. */
export function readRows(database: Database): Readonly<Record<string, unknown>> {
  const pipelines = createPipelineLedger(database);
  const ledger = createForgeLedger(database);
  const access = createAccessLedger(database);
  const promotions = createPromotionLedger(database);
  const identities = createIdentityLedger(database);
  const notifications = createNotificationLedger(database);
  const trends = createTrendLedger(database);
  const runners = createRunnerLedger(database);
  const days = { stacks: [stack], since: '2026', until: '2027' };
  const { plan, jobs, status } = pipelines.state('1');
  const rows = {
    pipelines: [pipelines.record('1'), ...pipelines.children('1')],
    state: { plan, jobs, status },
    locks: pipelines.locks('1'),
    runs: pipelines.runs('1'),
    durations: [...pipelines.durations()],
    artifacts: pipelines.artifacts('1'),
    tests: pipelines.tests('1'),
    project: ledger.projectId(stack),
    refs: [...ledger.knownRefs(stack)],
    events: ledger.pendingEvents(stack),
    delivery: ledger.newestDelivery(stack),
    pusher: ledger.pusher(stack, 'refs/heads/main', sha),
    requestNumber: ledger.requestNumber(stack, 'topic'),
    requests: ledger.requests(stack),
    commands: ledger.commands(stack, '7'),
    commentsReadTo: ledger.commentsReadTo(stack),
    statuses: ledger.statuses(stack),
    unposted: ledger.unpostedStatuses(stack),
    posts: ledger.statusPosts({ stack, sha, context }),
    comments: ledger.dueComments(stack),
    publications: ledger.publications(stack),
    images: ledger.searchPublications(stack, { contains: hash, limit: 10 }),
    builds: pipelines.runsOfPackage(stack, hash),
    tokens: access.tokens(),
    token: access.tokenByDigest(digest),
    session: access.sessionByDigest(digest),
    isTokenUsed: identities.isTokenUsed(digest),
    external: identities.pipelineOf(external),
    isUnregistered: runners.isUnregistered('old', digest),
    runners: [runners.revision(), runners.runners(), runners.registrationToken()],
    packages: promotions.packages(stack, 'pr/7'),
    promotion: promotions.promotionOf(stack, digest),
    trends: [trends.jobs(days, 'day'), trends.pipelines(days, 'stack'), trends.failures(days)],
    histories: ['job', 'script'].flatMap((phase) => createPackageHistory(database).phases(phase)),
    cursor: notifications.cursor(),
    condition: notifications.condition(condition),
    destination: notifications.state('team'),
    message: notifications.message('team', { id: 'msg_2', limit: 10 }),
    feed: createFeed(database).after(0, 100),
  };
  return JSON.parse(JSON.stringify(rows)) as typeof rows;
}
