import { messageOf, type Logger } from '../../kit/index.ts';
import { runnerError } from '../errors.ts';
import { createApiClient, type ApiClientOptions } from './api-client.ts';

/**
 * Asks the server whether it knows the token of a runner. Throws RUNNER_TOKEN_REFUSED if it does not. A server that does
 * not answer may come back, and is only logged.
 */
export async function verifyRunner(options: ApiClientOptions, log: Pick<Logger, 'warn'>): Promise<void> {
  const { baseUrl: url } = options;
  let status: number;
  try {
    const answer = await createApiClient(options).verify();
    await answer.body?.cancel();
    ({ status } = answer);
  } catch (error) {
    log.warn({ url, error: messageOf(error) }, 'the server does not answer yet');
    return;
  }
  if (status === 403) throw runnerError('RUNNER_TOKEN_REFUSED', { url });
  if (status !== 200) log.warn({ url, status }, 'the server cannot verify the token of this runner now');
}
