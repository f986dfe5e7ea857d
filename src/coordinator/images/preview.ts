import {
  buildImages,
  contentsOf,
  matchRules,
  mountable,
  packagesOf,
  publishImage,
  type ImageDefinition,
  type RuleMatch,
} from '../../image/index.ts';
import { SlipwayError, messageOf, timestamp } from '../../kit/index.ts';
import { readEntries, type ObjectStore } from '../../mirror/index.ts';
import { refusalText } from '../changes/refusal-text.ts';
import {
  now,
  type ForgeRecords,
  type ImagePublishing,
  type Stack,
  type StackRegistry,
  type StatusReporting,
  type Timed,
} from '../context.ts';
import { coordinatorError } from '../errors.ts';
import type { PipelineRecord } from '../../pipeline/index.ts';
import type { Publication } from '../ports.ts';
import { previewContext, recordStatus } from '../status/status-report.ts';
import { tryImages } from './before-tag.ts';
import { filesAt } from './files-at.ts';
import { publishedAs, settlePublication } from './image-status.ts';
import { mountSources } from './mount-sources.ts';
import { isSameImage, newerThan, superseded, type ImageName } from './newer-image.ts';
import { policyAt } from './policy-at.ts';
import { mayPass } from './publish-again.ts';
import { gone, removePreviews } from './remove-previews.ts';
import { testedLocks } from './tested-locks.ts';

/**
 * A pull request of the team has passed: what it built is to be published as `pr-<number>`, unsigned, where the rules
 * of the base (never its own) ask for that. What forks bring is not. Safe to repeat. True if something waits to be
 * published. Throws if the repository cannot be read at present.
 */
export async function recordPreviews(
  context: StatusReporting & StackRegistry,
  record: PipelineRecord,
): Promise<boolean> {
  const { request, trust, status, lockDigest } = record;
  if (trust !== 'pull-request' || status !== 'success' || request === undefined || lockDigest === undefined)
    return false;
  if (!isOpen(context, record)) return false;
  const stack = context.stacks.get(record.stack) as Stack;
  try {
    const { images } = await policyAt(stack, record.base);
    const matches = matchRules(images, { pullRequest: request }).filter((match) => !isKnown(context, record, match));
    for (const match of matches) addPreview(context, record, match);
    return matches.length > 0;
  } catch (error) {
    if (!(error instanceof SlipwayError) || mayPass(error)) throw error;
    context.log.warn({ pipeline: record.id, error: messageOf(error) }, 'preview rules refused');
    const description = refusalText(error);
    recordStatus(context, {
      stack: record.stack,
      sha: record.head,
      context: previewContext,
      state: 'error',
      description,
      url: `${context.baseUrl()}/pipelines/${record.id}`,
      at: now(context),
    });
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
  const previewed = { stack, record, request: record.request };
  const newer = newerThan(context, publication, record);
  if (newer !== undefined) return settlePublication(context, publication, superseded(context, newer));
  const match = await matchOf(previewed, publication);
  const result = await context.imageWork.use(() => publishPreview(context, previewed, match));
  settlePublication(context, publication, publishedAs(context, result, record));
  if (!isOpen(context, record)) await removePreviews(context, stack, record.request);
}

/** The rule of the base that asks for this preview. */
async function matchOf({ stack, record, request }: Previewed, publication: Publication) {
  const { images } = await policyAt(stack, record.base);
  const match = matchRules(images, { pullRequest: request }).find((one) => isSameImage(one, publication));
  if (match === undefined) throw noRule(publication);
  if (match.image.contents === 'dockerfile') throw notBuilt(record, match);
  return match;
}

function noRule({ stack, ref, repository, tag }: Publication): SlipwayError {
  return coordinatorError('PUBLICATION_REFUSED', {
    ref,
    stack,
    reason: `the \`slipway.yaml\` of its base does not publish \`${repository}:${tag}\``,
    remedy: 'Push again.',
  });
}

/** A Dockerfile of a pull request runs what its author likes, and here it would do so as the server. */
function notBuilt({ stack, ref }: PipelineRecord, { repository, tag }: RuleMatch<ImageDefinition>): SlipwayError {
  return coordinatorError('PUBLICATION_REFUSED', {
    ref,
    stack,
    reason: `\`${repository}:${tag}\` is made by a Dockerfile, and the server builds those of protected refs only`,
    remedy: 'Build it in a job of the pipeline.',
  });
}

function isOpen({ ledger }: ForgeRecords, { stack, request }: PipelineRecord): boolean {
  return request !== undefined && ledger.request(stack, request)?.state === 'open';
}

function isKnown({ ledger }: ForgeRecords, { stack, id }: PipelineRecord, image: ImageName): boolean {
  return ledger.publications(stack).some((one) => one.pipeline === id && isSameImage(one, image));
}

function addPreview(
  { ledger, clock }: ForgeRecords & Timed,
  { stack, ref, head: commit, tree, id: pipeline }: PipelineRecord,
  { repository, tag }: ImageName,
): void {
  const createdAt = timestamp(clock);
  ledger.addPublication({
    stack,
    repository,
    tag,
    refType: 'pull-request',
    ref,
    commit,
    tree,
    pipeline,
    createdAt,
  });
}

interface Previewed {
  readonly stack: Stack;
  readonly record: PipelineRecord;
  /** Number of the pull request. */
  readonly request: string;
}

async function publishPreview(
  context: ImagePublishing,
  { stack, record, request }: Previewed,
  { image: definition, repository, tag }: RuleMatch<ImageDefinition>,
) {
  const { sha: commit } = record;
  const locks = await testedLocks(context, record, { stack, definition, commit, withHistory: false });
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
    files: filesAt(stack, record.sha),
    commit: record.head,
  });
  const sources = await mountSources(context, record.stack, target);
  return publishImage(await mountable(images, sources), target, {
    tag,
    moved: 'replace',
    beforeTag: () => tryImages(context, { stack: record.stack, definition, images, untrusted: true }),
  });
}

/** What a pull request's jobs see: its own root of the mirror, and the protected one below it. */
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
