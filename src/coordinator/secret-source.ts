import * as z from 'zod';

/**
 * Where the value of a secret is: a variable of the server's environment, a file, or a credential of systemd (a file in
 * `$CREDENTIALS_DIRECTORY`).
 */
export const SecretSource = z
  .union([
    z.strictObject({ env: z.string().min(1) }),
    z.strictObject({ file: z.string().min(1) }),
    z.strictObject({ credential: z.string().regex(/^[^/]+$/, 'must be the name of a credential') }),
  ])
  .describe(
    'Where the value is: `{ env: NAME }`, `{ file: PATH }`, or `{ credential: NAME }` (`LoadCredential=` of systemd)',
  );
export type SecretSource = z.infer<typeof SecretSource>;
