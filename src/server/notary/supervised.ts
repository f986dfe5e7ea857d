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
  /** The same for all that are started one after the other. */
  token: z.string(),
  formerKey: z.string().optional(),
});
export type StartRequest = z.infer<typeof StartRequest>;

/** The line that the notary answers: its address, or why it cannot start. */
export const StartReply = z.union([z.strictObject({ place: z.string() }), z.strictObject({ failure: z.unknown() })]);

interface SupervisedParts {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  reply(line: z.infer<typeof StartReply>): void;
}

/** The notary of a server that was killed ends by itself, and may need a moment for that. */
const PATIENCE_MS = 20_000;

/**
 * Runs a notary that ends with the process that started it, however that ends, and at no signal: Ctrl-C at a terminal
 * is for the server, which has jobs to finish.
 */
export async function serveSupervised({ env, log, reply }: SupervisedParts): Promise<void> {
  const lines = createInterface({ input: process.stdin });
  let notary: RunningNotary | undefined;
  for await (const line of lines) {
    try {
      const { token, formerKey, ...request } = StartRequest.parse(JSON.parse(line));
      const former = formerKey === undefined ? {} : { formerKey };
      notary = await openNotary({ ...request, token: new Secret(token), env, log, patience: PATIENCE_MS, ...former });
      reply({ place: notary.place });
    } catch (error) {
      reply({ failure: wireFailure(error) });
      return;
    }
  }
  await notary?.close();
}
