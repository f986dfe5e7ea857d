import { createInterface } from 'node:readline';
import * as z from 'zod';
import { Secret, type Logger } from '../../kit/index.ts';
import { wireFailure } from '../../notary/index.ts';
import { NotaryConfiguration } from './configuration.ts';
import { openNotary, type RunningNotary } from './open-notary.ts';

/** The line that `slipway serve` writes to the notary that it starts. The pipe stays open until the server ends. */
export const StartRequest = z.strictObject({
  configuration: NotaryConfiguration.omit({ token: true }),
  base: z.string(),
  /** The same for all notaries that a server starts. */
  token: z.string(),
});
export type StartRequest = z.infer<typeof StartRequest>;

/** The line that the notary replies: its address, or why it cannot start. */
export const StartReply = z.union([z.strictObject({ address: z.string() }), z.strictObject({ failure: z.unknown() })]);

interface SupervisedParts {
  readonly env: NodeJS.ProcessEnv;
  readonly log: Logger;
  reply(line: z.infer<typeof StartReply>): void;
}

/** The notary of a killed server may need a moment to end. */
const PATIENCE_MS = 60_000;

/**
 * Runs a notary that ends with the process that started it, and at no signal: Ctrl-C at a terminal is for the server,
 * which has jobs to finish.
 */
export async function serveSupervised({ env, log, reply }: SupervisedParts): Promise<void> {
  const lines = createInterface({ input: process.stdin });
  let notary: RunningNotary | undefined;
  for await (const line of lines) {
    try {
      const { token, ...request } = StartRequest.parse(JSON.parse(line));
      notary = await openNotary({ ...request, token: new Secret(token), env, log, patience: PATIENCE_MS });
      reply({ address: notary.address });
    } catch (error) {
      reply({ failure: wireFailure(error) });
      return;
    }
  }
  await notary?.close();
}
