import type { FailureReport, ImageSummary, JobSummary, PromotionSummary, StackSummary } from '../protocol/index.ts';
import { failureLines } from '../report/index.ts';

const SHORT_SHA = 8;
/** Jobs in these states are counted, not listed. */
const DONE: ReadonlySet<string> = new Set(['success', 'skipped', 'created']);

export function describeStack({ name, problem, statuses, pipelines, images }: StackSummary): readonly string[] {
  return [
    name,
    ...(problem === undefined ? [] : [`  ${problem.message}`, `    hint: ${problem.hint}`]),
    ...statuses.flatMap(({ sha, context, state, description, detail, problem: undelivered }) => [
      `  ${sha.slice(0, SHORT_SHA)}  ${context}  ${state}  ${(detail ?? description).replace(/\s+/g, ' ')}`,
      ...(undelivered === undefined ? [] : [`    not at the forge: ${undelivered}`]),
    ]),
    ...pipelines.flatMap(({ id, status, ref, sha, trust, upstream, promotion, failure, jobs = [] }, index) => [
      `  pipeline ${id}  ${status}  ${ref} ${sha.slice(0, SHORT_SHA)} (${trust})${describeUpstream(upstream)}`,
      ...(promotion === undefined ? [] : [`    packages: ${describePromotion(promotion)}`]),
      ...describeFailure(failure, pipelines.findIndex((one) => one.failure !== undefined) === index),
      ...describeJobs(jobs),
    ]),
    ...images.map(
      (image) => `  image ${image.id}  ${image.repository}:${image.tag}  ${image.state}  ${describeImage(image)}`,
    ),
  ];
}

function describeUpstream(upstream: string | undefined): string {
  return upstream === undefined ? '' : `, triggered by pipeline ${upstream}`;
}

/** The newest failure is shown with lines of its log, an older one in one line. */
function describeFailure(failure: FailureReport | undefined, isNewest: boolean): readonly string[] {
  if (failure === undefined) return [];
  if (!isNewest) return [`    ${failure.headline}`];
  return failureLines(failure, (job) => `slipway logs ${job}`).map((line) => `    ${line}`);
}

/** Lists the jobs that may need attention, and counts the others. */
function describeJobs(jobs: readonly JobSummary[]): readonly string[] {
  const shown = jobs.filter(({ status }) => !DONE.has(status));
  const counts = [...DONE]
    .map((status) => [status, jobs.filter((job) => job.status === status).length] as const)
    .filter(([, count]) => count > 0);
  return [
    ...shown.map(describeJob),
    ...(counts.length === 0 ? [] : [`    jobs: ${counts.map(([status, count]) => `${count} ${status}`).join(', ')}`]),
  ];
}

function describePromotion({ promoted, rebuilt, from, reason }: PromotionSummary): string {
  const origin = `${promoted} promoted from ${from.length === 1 ? 'pipeline' : 'pipelines'} ${from.join(', ')}`;
  const others = `${rebuilt} rebuilt${reason === undefined ? '' : `: ${reason}`}`;
  return [...(promoted === 0 ? [] : [origin]), ...(rebuilt === 0 ? [] : [others])].join('; ');
}

function describeJob({ id, name, status, allowFailure, failureReason, message, waitsFor }: JobSummary): string {
  const allowed = status === 'failed' && allowFailure ? ' (allowed to fail)' : '';
  const reason = status === 'failed' ? (message ?? failureReason) : waitsFor;
  const suffix = reason === undefined ? '' : `  ${reason}`;
  return `    job${id === '' ? '' : ` ${id}`}  ${status}${allowed}  ${name}${suffix}`;
}

function describeImage({ state, digest, message, retryAt, attempts }: ImageSummary): string {
  if (state === 'waiting' && retryAt !== undefined)
    return `attempt ${attempts} failed, tried again at ${retryAt}: ${message ?? ''}`;
  return state === 'published' ? (digest ?? '') : (message ?? '');
}
