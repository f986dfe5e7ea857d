import type { Push } from '../forge-event.ts';

const LINE = /^[0-9a-f]+ ([0-9a-f]{40}(?:[0-9a-f]{24})?) (refs\/(?:heads|tags)\/\S+)$/;

/**
 * Branches and tags that a push moved, as git passes them to `post-receive` (githooks(5)): `<old> <new> <ref>` a line.
 * Removed ones are left out.
 */
export function pushedRefs(lines: string): readonly Omit<Push, 'actor'>[] {
  return lines.split('\n').flatMap((line) => {
    const [, sha = '', ref = ''] = LINE.exec(line) ?? [];
    return ref === '' || /^0+$/.test(sha) ? [] : [{ ref, sha }];
  });
}
