import { join } from 'node:path';
import { Secret } from '../../kit/index.ts';
import type { Logger } from '../../kit/index.ts';
import type { Tokens } from '../../coordinator/index.ts';
import { Runner } from '../../runner/index.ts';
import type { Journal } from '../../runner/index.ts';
import type { KnownRunner } from '../../server/index.ts';
import type { ServerSettings } from './settings.ts';

export type ConfiguredRunner = KnownRunner & { readonly embedded: boolean; readonly concurrency: number };

/** The runners of the configuration; without any, one embedded runner. */
export function knownRunners({ configuration }: ServerSettings, tokens: Tokens): readonly ConfiguredRunner[] {
  const { runners } = configuration;
  const embedded = { name: 'embedded', embedded: true, concurrency: 2, tags: [], runUntagged: true, protectedOnly: false };
  return (runners.length > 0 ? runners : [embedded]).map((runner, index) => ({
    name: runner.name,
    tags: runner.tags,
    runUntagged: runner.runUntagged,
    protectedOnly: runner.protectedOnly,
    embedded: runner.embedded,
    concurrency: runner.concurrency,
    id: index + 1,
    token: tokens.runnerToken(runner.name),
  }));
}

export interface EmbeddedRunnerParts {
  readonly folder: { readonly runner: string };
  readonly journal: Journal;
  /** Folder with the command `slipway`. */
  readonly bin: string;
  readonly url: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  fetch(request: Request): Promise<Response>;
}

/** A runner in the server's own process, which talks to it as any other runner does. */
export function embeddedRunner(known: ConfiguredRunner, parts: EmbeddedRunnerParts): Runner {
  return new Runner({
    fetch: parts.fetch,
    baseUrl: parts.url,
    token: new Secret(known.token),
    concurrency: known.concurrency,
    workFolder: join(parts.folder.runner, 'builds'),
    journal: parts.journal,
    log: parts.log,
    base: parts.env,
    path: parts.bin,
  });
}
