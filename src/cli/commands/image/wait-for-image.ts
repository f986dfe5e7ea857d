import { durationText, hasCode, messageOf, SlipwayError, systemWait, type Wait } from '../../../kit/index.ts';
import type { Image } from '../../../oci/index.ts';
import { cliError } from '../../errors.ts';
import type { Terminal } from '../../terminal.ts';

interface WaitOptions {
  /** As the user named the image. */
  readonly name: string;
  readonly terminal: Pick<Terminal, 'note' | 'progress'>;
  readonly signal: AbortSignal;
  /** Seconds; by default an hour for the image, and a minute for a registry that does not answer. */
  readonly timeout?: number;
  readonly now?: () => number;
  readonly wait?: Wait;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/**
 * Reads an image, and tries again until the registry answers and the image exists. Throws CLI_IMAGE_NOT_PUBLISHED if that
 * takes too long, and at once what waiting cannot change.
 */
export async function waitForImage(read: () => Promise<Image>, options: WaitOptions): Promise<Image> {
  const { name, terminal, signal, timeout, wait = systemWait, now = () => performance.now() } = options;
  const started = now();
  let answered = started;
  for (let attempt = 0; ; attempt += 1) {
    try {
      const image = await read();
      terminal.progress('');
      return image;
    } catch (error) {
      signal.throwIfAborted();
      const isMissing = hasCode(error, 'OCI_IMAGE_MISSING');
      if (!isMissing && !isUnreachable(error)) throw error;
      const time = now();
      if (isMissing) answered = time;
      const [since, limit] = isMissing ? [started, HOUR] : [answered, MINUTE];
      const left = timeout === undefined ? since + limit - time : started + timeout * SECOND - time;
      const waited = durationText((time - started) / SECOND);
      if (left <= 0) {
        terminal.progress('');
        const details = { image: name, waited, reason: messageOf(error) };
        throw cliError('CLI_IMAGE_NOT_PUBLISHED', details, { cause: error });
      }
      if (attempt === 0) terminal.note(`Waiting until ${name} is published. Ctrl-C stops waiting.`);
      terminal.progress(`waiting for ${name}, ${waited}`);
      await wait(Math.min(SECOND, left), signal);
    }
  }
}

/** A wrong certificate stays wrong. */
function isUnreachable(error: unknown): boolean {
  return error instanceof SlipwayError && error.code === 'REGISTRY_UNREACHABLE' && error.details['retryable'] !== false;
}
