import * as z from 'zod';

/** Where the value of a secret is: a variable of the server's environment or a file. */
export const SecretSource = z
  .union([z.strictObject({ env: z.string().min(1) }), z.strictObject({ file: z.string().min(1) })])
  .describe('Where the value is: `{ env: NAME }` or `{ file: PATH }`');
export type SecretSource = z.infer<typeof SecretSource>;
