import PQueue from 'p-queue';
import { includeSource, type FetchedInclude, type ForeignInclude, type PlannedInclude } from '../gitlab/index.ts';
import { BoundedMap, SlipwayError, sha256 } from '../kit/index.ts';
import { includeError } from './errors.ts';
import { readForge } from './read-forge.ts';
import { readRemote } from './read-remote.ts';
import { readTemplate } from './read-template.ts';
import type { IncludedText, IncludeParts, SourceParts } from './source-parts.ts';

const AT_ONCE = 8;
/** All texts of one pipeline. */
const MAX_BYTES = 20_000_000;
const MAX_MS = 120_000;
const MAX_URLS = 1000;

/** Reads the texts of one pipeline. Never rejects because of what is requested. */
export type ReadInclude = (include: ForeignInclude) => Promise<FetchedInclude>;

export function remoteCache(): IncludeParts['cache'] {
  return new BoundedMap(MAX_URLS);
}

/**
 * Returns a reader for one pipeline, which reads within limits of time and size what the policy permits. A text that
 * the pipeline has read before (`pinned`) is the same again, or an error.
 */
export function openIncludes(parts: IncludeParts, pinned: readonly PlannedInclude[] = []): ReadInclude {
  const queue = new PQueue({ concurrency: AT_ONCE });
  const known = new Map(pinned.map((pin) => [`${pin.kind} ${pin.source}`, pin]));
  let signal: AbortSignal | undefined;
  let bytes = 0;
  const read = async (include: ForeignInclude): Promise<IncludedText> => {
    const pin = known.get(`${include.kind} ${includeSource(include)}`);
    const kept = pin && (await parts.store.read(pin.sha256));
    if (pin !== undefined && kept !== undefined) return { text: kept, resolved: pin.resolved };
    signal ??= AbortSignal.timeout(MAX_MS);
    const included = await readSource(include, { ...parts, signal });
    if (pin !== undefined && sha256(included.text) !== pin.sha256)
      throw includeError('INCLUDE_CHANGED', { sha256: pin.sha256 });
    bytes += included.text.length;
    if (bytes > MAX_BYTES)
      throw includeError('INCLUDE_TOO_LARGE', { what: 'What the pipeline includes', limit: MAX_BYTES });
    await parts.store.write(included.text);
    return included;
  };
  return (include) =>
    queue.add(async () => {
      try {
        return await read(include);
      } catch (error) {
        if (!(error instanceof SlipwayError)) throw error;
        return { reason: error.message, remedy: error.hint ?? '' };
      }
    });
}

function readSource(include: ForeignInclude, parts: SourceParts): Promise<IncludedText> {
  if (include.kind === 'remote') return readRemote(include, parts);
  return include.kind === 'template' ? readTemplate(include.name, parts.policy) : readForge(include, parts);
}
