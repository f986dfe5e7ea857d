import { SlipwayError, hasCode, messageOf, timestamp } from '../../kit/index.ts';
import { refusalText, wholeText } from '../changes/refusal-text.ts';
import { currentTime, type CoordinatorContext, type ForgeRecords, type Timed } from '../context.ts';
import type { Publication } from './publication-ledger.ts';

const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 3600_000;
/** About five hours of waiting in all. */
const MOST_ATTEMPTS = 12;

/** Failures of the registry, the mirror, the notary, the remote or the disk that may pass by themselves. */
const PASSING = new Set([
  'OCI_LAYOUT_WRITE_FAILED',
  'REGISTRY_UPLOAD_STUCK',
  'REGISTRY_ANSWER_INVALID',
  'MIRROR_STORE_REQUEST_FAILED',
  'MIRROR_STORE_READ_FAILED',
  'MIRROR_STORE_WRITE_FAILED',
  'MIRROR_CREDENTIALS_UNAVAILABLE',
  'NOTARY_UNREACHABLE',
  'NOTARY_LOG_FAILED',
  'FORGE_GIT_FAILED',
  'FORGE_REMOTE_UNREACHABLE',
]);
const PASSING_SYSTEM = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'ENOSPC',
  'EDQUOT',
  'EMFILE',
  'ENFILE',
]);

/** Returns the change of a publication that failed: another attempt later if the failure may pass, else its end. */
export function afterFailure(
  context: Pick<CoordinatorContext, 'clock' | 'log'>,
  publication: Publication,
  error: unknown,
): Partial<Publication> {
  const isKnown = error instanceof SlipwayError;
  const message = isKnown ? wholeText(error) : messageOf(error);
  const summary = isKnown ? refusalText(error) : message;
  const attempts = (publication.attempts ?? 0) + 1;
  const { stack, ref, repository, tag } = publication;
  if (mayPass(error) && attempts < MOST_ATTEMPTS) {
    const retryAt = timestamp({ now: () => context.clock.now() + waitAfter(attempts) });
    context.log.warn({ stack, ref, repository, tag, attempts, retryAt, error: message }, 'image not published yet');
    return { attempts, retryAt, message, summary };
  }
  context.log.error({ stack, ref, repository, tag, attempts, error: message }, 'image not published');
  const state = hasCode(error, 'PUBLICATION_REFUSED') ? 'refused' : 'failed';
  return { state, attempts, message, summary, retryAt: undefined, finishedAt: currentTime(context) };
}

/** Whether a waiting publication may be tried now. */
export function isDue({ clock }: Timed, { retryAt }: Publication): boolean {
  return retryAt === undefined || Date.parse(retryAt) <= clock.now();
}

/** Returns when the first of a stack's failed publications is due again, in milliseconds since 1970. */
export function nextRetryAt({ ledger }: ForgeRecords, stack: string): number | undefined {
  const times = ledger
    .publications(stack, 'waiting')
    .flatMap(({ retryAt }) => (retryAt === undefined ? [] : [Date.parse(retryAt)]));
  return times.length === 0 ? undefined : Math.min(...times);
}

function waitAfter(attempts: number): number {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempts - 1));
}

/** Returns whether a failure may pass by itself, so that another attempt makes sense. */
export function mayPass(error: unknown): boolean {
  if (error instanceof SlipwayError) return error.details['retryable'] === true || PASSING.has(error.code);
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: unknown };
  return PASSING_SYSTEM.has(String(code)) || (cause !== undefined && mayPass(cause));
}
