import type { ForeignInclude } from '../gitlab/index.ts';
import { download } from './download.ts';
import { includeError } from './errors.ts';
import type { IncludedText, SourceParts } from './source-parts.ts';

/** Reads a URL, or finds that it has the text that it had before. */
export async function readRemote(
  { url, cache: seconds = 0 }: Extract<ForeignInclude, { kind: 'remote' }>,
  { policy, transport, store, cache, clock, signal }: SourceParts,
): Promise<IncludedText> {
  const known = cache.get(url);
  const kept = known && (await store.read(known.sha256));
  if (known !== undefined && kept !== undefined && clock.now() - known.at < 1000 * seconds) {
    // The policy of another stack may not permit what is known here.
    policy.url(new URL(url));
    return { text: kept, resolved: known.resolved };
  }
  const headers: Record<string, string> = known?.etag && kept !== undefined ? { 'If-None-Match': known.etag } : {};
  const permit = (hop: URL) => ({ ...policy.url(hop), headers });
  const answer = await download(url, { transport, permit, signal });
  if (answer.status === 304 && known !== undefined && kept !== undefined)
    return { text: kept, resolved: known.resolved };
  if (answer.status !== 200) throw includeError('INCLUDE_ANSWER_INVALID', { url: answer.url, status: answer.status });
  const text = answer.body.toString('utf8');
  const sha256 = await store.write(text);
  const etag = answer.headers.get('etag') ?? undefined;
  cache.set(url, { etag, sha256, resolved: answer.url, at: clock.now() });
  return { text, resolved: answer.url };
}
