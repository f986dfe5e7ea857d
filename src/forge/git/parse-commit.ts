import type { CommitInfo } from '../forge.ts';
import type { GitObject } from './object-output.ts';

/**
 * Reads a commit as git stores it: header lines, an empty line, the message. Texts are in the encoding that it names,
 * else in UTF-8.
 */
export function parseCommit({ sha, bytes }: GitObject): CommitInfo {
  const end = bytes.indexOf('\n\n');
  const head = bytes.subarray(0, end < 0 ? bytes.length : end);
  const headers = headerLines(head.toString('latin1'));
  const decode = decoder(headers.find(([name]) => name === 'encoding')?.[1]);
  const texts = new Map(headerLines(decode(head)));
  const message = end < 0 ? '' : decode(bytes.subarray(end + 2));
  const [, name = '', mail = ''] = /^(.*?)\s*<([^>]*)>/.exec(texts.get('author') ?? '') ?? [];
  const seconds = /> (\d+) [+-]\d+$/.exec(texts.get('committer') ?? '')?.[1] ?? '0';
  return {
    sha,
    tree: texts.get('tree') ?? '',
    parents: headers.flatMap(([key, value]) => (key === 'parent' ? [value] : [])),
    title: titleOf(message),
    message,
    author: `${name} <${mail}>`,
    date: new Date(Number(seconds) * 1000).toISOString(),
  };
}

/** A line that begins with a blank goes on with the one before, which is a signature's. */
function headerLines(text: string): readonly (readonly [name: string, value: string])[] {
  return text.split('\n').flatMap((line) => {
    const [, name, value] = /^(\S+) (.*)$/.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  });
}

function decoder(encoding: string | undefined): (bytes: Uint8Array) => string {
  try {
    const known = new TextDecoder(encoding ?? 'utf-8', { ignoreBOM: true });
    return (bytes) => known.decode(bytes);
  } catch {
    return (bytes) => Buffer.from(bytes).toString('utf8');
  }
}

/** The lines of the first paragraph, as one. */
function titleOf(message: string): string {
  const [first = ''] = message.replace(/^\s*\n/, '').split(/\n\s*(?:\n|$)/);
  return first
    .split('\n')
    .map((line) => line.trimEnd())
    .join(' ')
    .trim();
}
