import * as z from 'zod';

const Text = z.string().min(1);
const Pattern = z.string().startsWith('refs/', 'must be a full name, as in `refs/heads/main`');

/** The issuer of the ID tokens of GitHub Actions at github.com. */
const githubIssuer = 'https://token.actions.githubusercontent.com';

/** Whose ID tokens are accepted for a stack; the same in the configuration of a notary on its own. */
export const IdentityProvider = z
  .strictObject({
    issuer: z
      .string()
      .regex(
        /^(?:https:\/\/[^\s?#@]+|http:\/\/(?:127(?:\.\d+){3}|localhost|\[::1\])(?::\d+)?(?:\/[^\s?#@]*)?)$/,
        'must be an `https://` address; `http://` on this machine alone',
      )
      .describe('Claim `iss`: the address of GitLab, or `https://token.actions.githubusercontent.com`'),
    kind: z
      .enum(['gitlab', 'github'])
      .optional()
      .describe('Whose claims the tokens have. Default: `github` for the issuer of github.com, `gitlab` for any other'),
    audience: Text.describe('Claim `aud` that the job requests, for example the address of this server'),
    project: Text.describe('Claim `project_path` of GitLab or `repository` of GitHub'),
    refs: z
      .array(Pattern)
      .default(['refs/*'])
      .describe(
        'Refs whose jobs may push; `*` matches any text. Jobs of refs that are not protected push unsigned ' +
          'packages below `pr/`',
      ),
    protected: z
      .array(Pattern)
      .default(['refs/heads/main'])
      .describe(
        'Refs whose packages are signed and whose jobs may trigger images, if the forge also protects them (claim ' +
          '`ref_protected`)',
      ),
    environment: Text.optional().describe('Claim `environment` that the jobs must have. Default: any'),
    workflow: Text.optional().describe(
      'Path of the file that must define the jobs, such as `.github/workflows/stack.yml` or `.gitlab-ci.yml`. ' +
        'Default: any',
    ),
    lifetime: z
      .number()
      .int()
      .min(60)
      .max(86_400)
      .default(3600)
      .describe('Seconds for which the credentials for the mirror are valid'),
  })
  .transform(({ kind, ...provider }) => ({
    ...provider,
    kind: kind ?? (provider.issuer === githubIssuer ? ('github' as const) : ('gitlab' as const)),
  }));
export type IdentityProvider = z.infer<typeof IdentityProvider>;
