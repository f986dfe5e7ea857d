import { createInterface } from 'node:readline';
import * as z from 'zod';

import { Secret } from '../../kit/index.ts';
import type { Logger } from '../../kit/index.ts';
import { failureOf } from '../../notary/index.ts';
import { NotaryConfiguration } from './configuration.ts';
import { openNotary } from './open-notary.ts';
import type { RunningNotary } from './open-notary.ts';

/** What `slipway serve` writes to the notary that it starts: one line. The pipe then stays open as long as it lives. */
export const Charge = z.strictObject({
  configuration: NotaryConfiguration.omit({ token: true }),
  base: z.string(),
  /** The same for all that are started one after the other. */
  token: z.string(),
  formerKey: z.string().optional(),
});
export type Charge = z.infer<typeof Charge>;

/** What the notary answers, one line: how it is reached, or why it can not begin. */
export const Word = z.union([z.strictObject({ place: z.string() }), z.strictObject({ failure: z.unknown() })]);

interface SupervisedParts {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  tell(word: z.infer<typeof Word>): void;
}

/** The notary of a server that was killed ends by itself, and may need a moment for that. */
const PATIENCE_MS = 20_000;

/** A notary that ends with whoever started it, however that one ends, and at no signal: Ctrl-C at a terminal is for the server, which has jobs to finish. */
export async function serveSupervised({ env, log, tell }: SupervisedParts): Promise<void> {
  const lines = createInterface({ input: process.stdin });
  let notary: RunningNotary | undefined;
  for await (const line of lines) {
    try {
      const { token, formerKey, ...charge } = Charge.parse(JSON.parse(line));
      const former = formerKey === undefined ? {} : { formerKey };
      notary = await openNotary({ ...charge, token: new Secret(token), env, log, patience: PATIENCE_MS, ...former });
      tell({ place: notary.place });
    } catch (error) {
      tell({ failure: failureOf(error) });
      return;
    }
  }
  await notary?.close();
}
