import {
  buildImages,
  contentsOf,
  matchRules,
  packagesOf,
  type ImageDefinition,
  type RuleMatch,
} from '../../image/index.ts';
import { SlipwayError, messageOf } from '../../kit/index.ts';
import { readEntries, type ObjectStore } from '../../mirror/index.ts';
import { refusalText } from '../changes/refusal-text.ts';
import {
  currentTime,
  type ForgeRecords,
  type ImagePublishing,
  type Stack,
  type StackRegistry,
  type StatusReporting,
  type Timed,
} from '../context.ts';
import { publicationRefused } from '../errors.ts';
import type { PipelineRecord } from '../../pipeline/index.ts';
import type { Publication } from './publication-ledger.ts';
import { previewContext, recordStatus } from '../status/status-report.ts';
import { tryImages } from './before-tag.ts';
import { imageLocks } from './image-locks.ts';
import { publishedAs, settlePublication } from './image-status.ts';
import { mountingPublisher } from './mounting-publisher.ts';
import { isRecorded, isSameImage, newerThan, superseded, type ImageName } from './newer-image.ts';
import { policyAt } from './policy-at.ts';
import { mayPass } from './publish-again.ts';
import { gone, removePreviews } from './remove-previews.ts';
import { secretsOfStack } from './stack-secrets.ts';

/**
 * Records the previews of a pull request of the team that has passed: what it built is published as `pr-<number>`,
 * unsigned, if the rules of its base (never its own) say so. Forks get none. Returns whether something waits to be
 * published. Throws if the repository cannot be read at present. Safe to repeat.
 */
export async function recordPreviews(
  context: StatusReporting & StackRegistry,
  record: PipelineRecord,
): Promise<boolean> {
  const { request, refType, trust, status, lockDigest } = record;
  if (
    refType === 'merge-queue' ||
    trust !== 'pull-request' ||
    status !== 'success' ||
    request === undefined ||
    lockDigest === undefined
  )
    return false;
  if (!isOpen(context, record)) return false;
  const stack = context.stacks.get(record.stack) as Stack;
  try {
    const { images } = await policyAt(stack, record.base);
    const matches = matchRules(images, { pullRequest: request }).filter((match) => !isRecorded(context, record, match));
    for (const match of matches) addPreview(context, record, match);
    return matches.length > 0;
  } catch (error) {
    if (!(error instanceof SlipwayError) || mayPass(error)) throw error;
    context.log.warn({ pipeline: record.id, error: messageOf(error) }, 'preview rules refused');
    const { id, stack: name, head: sha } = record;
    const status = {
      stack: name,
      sha,
      context: previewContext,
      state: 'error',
      description: refusalText(error),
    } as const;
    recordStatus(context, { ...status, page: `pipelines/${id}` });
    return false;
  }
}

/** Publishes a preview that waits, unless its pull request is over or a later pipeline was faster. */
export async function advancePreview(context: ImagePublishing, publication: Publication): Promise<void> {
  const stack = context.stacks.get(publication.stack) as Stack;
  const record = context.pipelines.record(publication.pipeline ?? '');
  if (record?.request === undefined || !isOpen(context, record)) {
    const message = 'The pull request is over';
    return context.ledger.updatePublication(publication.id, { ...gone(context), message });
  }
  const previewed = { stack, record, request: record.request, id: publication.id };
  const newer = newerThan(context, publication, record);
  if (newer !== undefined) return settlePublication(context, publication, superseded(context, newer));
  const match = await matchOf(previewed, publication);
  const result = await context.imageWork.use(() => publishPreview(context, previewed, match));
  settlePublication(context, publication, publishedAs(context, result, record));
  if (!isOpen(context, record)) await removePreviews(context, stack, record.request);
}

/** Returns the rule of the base that publishes this preview. */
async function matchOf({ stack, record, request }: Previewed, publication: Publication) {
  const { images } = await policyAt(stack, record.base);
  const match = matchRules(images, { pullRequest: request }).find((one) => isSameImage(one, publication));
  const name = `\`${publication.repository}:${publication.tag}\``;
  if (match === undefined) {
    const reason = `the \`slipway.yaml\` of its base does not publish ${name}`;
    throw publicationRefused(publication, reason, 'Push again.');
  }
  // A Dockerfile of a pull request runs what its author likes, and here it would do so as the server.
  if (match.image.contents === 'dockerfile') {
    const reason = `${name} is made by a Dockerfile, and the server builds those of protected refs only`;
    throw publicationRefused(publication, reason, 'Build it in a job of the pipeline.');
  }
  return match;
}

function isOpen({ ledger }: ForgeRecords, { stack, request }: PipelineRecord): boolean {
  return request !== undefined && ledger.request(stack, request)?.state === 'open';
}

function addPreview(
  context: ForgeRecords & Timed,
  { stack, ref, head: commit, tree, id: pipeline }: PipelineRecord,
  { repository, tag }: ImageName,
): void {
  const preview = { stack, repository, tag, refType: 'pull-request', ref, commit, tree, pipeline } as const;
  context.ledger.addPublication({ ...preview, createdAt: currentTime(context) });
}

interface Previewed {
  readonly stack: Stack;
  readonly record: PipelineRecord;
  /** Number of the pull request. */
  readonly request: string;
  /** Of the publication. */
  readonly id: string;
}

async function publishPreview(
  context: ImagePublishing,
  { stack, record, request, id }: Previewed,
  { image: definition, repository, tag }: RuleMatch<ImageDefinition>,
) {
  const { sha: commit } = record;
  const locks = await imageLocks(context, record, { stack, definition, commit, withHistory: false });
  const [own, base] = [stack.mirror.root(`pr/${request}`), stack.mirror.root('')];
  const target = await context.imageTarget(repository);
  const nodes = locks.flatMap(({ lock }) => packagesOf(lock, contentsOf(definition)));
  const images = await buildImages({
    locks,
    entries: await readEntries([own, base], nodes, { requireSignature: false }),
    allowUnsigned: true,
    previous: target,
    tag,
    store: storeOver(own, base),
    definition,
    baseOptions: { credentialsFor: (registry) => context.registryCredentials(registry) },
    work: context.imageWork.path,
    files: (path) => stack.forge.readFiles(commit, path),
    secrets: secretsOfStack(stack),
    commit: record.head,
  });
  const publish = await mountingPublisher(context, { stack: record.stack, target });
  const published = await publish(images, {
    tag,
    moved: 'replace',
    beforeTag: () => tryImages(context, { stack: record.stack, definition, images, untrusted: true }),
  });
  context.ledger.setImagePackages(
    id,
    nodes.map(({ hash }) => hash),
  );
  return published;
}

/** Returns what a pull request's jobs see: its own root of the mirror over the protected one. */
function storeOver(own: ObjectStore, base: ObjectStore): ObjectStore {
  return {
    url: `${own.url} over ${base.url}`.replaceAll('file://', ''),
    get: async (key) => (await own.get(key)) ?? base.get(key),
    open: async (key) => (await own.open(key)) ?? base.open(key),
    head: async (key) => (await own.head(key)) ?? base.head(key),
    put: (key, body, options) => own.put(key, body, options),
    list: (prefix) => own.list(prefix),
  };
}
