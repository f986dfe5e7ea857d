import * as z from 'zod';

/**
 * Where the value of a secret is: a variable of the server's environment, a file, or a credential of systemd (a file in
 * `$CREDENTIALS_DIRECTORY`).
 */
export const SecretSource = z.union([
  z.strictObject({ env: z.string().min(1) }),
  z.strictObject({ file: z.string().min(1) }),
  z.strictObject({ credential: z.string().regex(/^[^/]+$/, 'must be the name of a credential') }),
]);
export type SecretSource = z.infer<typeof SecretSource>;

/** Returns the files or variables of all secret sources in a part of a configuration; variables of stacks hold none. */
export function secretSources(part: unknown, kind: 'file' | 'env'): readonly string[] {
  if (typeof part !== 'object' || part === null) return [];
  return Object.entries(part).flatMap(([name, value]: [string, unknown]) => {
    if (name === 'variables') return [];
    return name === kind && typeof value === 'string' ? [value] : secretSources(value, kind);
  });
}
