const LONGEST = 63;

/**
 * GitLab's `_SLUG`: lower case, every other character than `0-9a-z` a hyphen, 63 characters, no hyphen at either end.
 */
export function slug(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '-')
    .slice(0, LONGEST)
    .replaceAll(/^-+|-+$/g, '');
}
