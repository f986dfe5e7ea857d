import { SecretSource } from '../kit/index.ts';
import { posix } from 'node:path';
import { Cron } from 'croner';
import * as z from 'zod';
import { forgeRepository, forgeSectionNames, forgeSections, forgeSectionsIn } from '../forge/index.ts';
import { IdentityProvider } from '../identity/index.ts';
import { DestinationConfiguration } from './notification-configuration.ts';
import { BlockedSettings, StackQuotas } from './quotas/quota-settings.ts';

const Text = z.string().min(1);
const Variable = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const SecretVariable = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z_]\w*$/, 'must be the name of a variable')
    .describe('Name of the variable in jobs'),
  from: SecretSource,
  scope: z
    .enum(['protected', 'trusted'])
    .default('protected')
    .describe(
      '`protected`: jobs of protected refs only; `trusted`: pull requests of the team too. Never jobs of outsiders',
    ),
});

const Events = z.strictObject({
  pullRequests: z.boolean().default(true).describe('Pull requests that are opened or pushed to'),
  pushes: z.boolean().default(true).describe('Pushes to protected branches'),
  tags: z.boolean().default(true).describe('New tags'),
});

const times = {
  cron: z
    .string()
    .refine(isCronPattern, 'must be a cron pattern of five fields, as in `0 3 * * *`')
    .optional()
    .describe('Cron pattern, in UTC'),
  every: z.number().int().min(60).optional().describe('Seconds from one time to the next'),
};
const oneOfBoth = 'a schedule has either `cron` or `every`';
const hasOne = ({ cron, every }: Times) => (cron === undefined) !== (every === undefined);

/** When something is due: by a cron pattern, or at an interval. */
export interface Times {
  readonly cron?: string | undefined;
  readonly every?: number | undefined;
}

const Schedule = z.strictObject({ ...times, ref: Text.describe('Branch') }).refine(hasOne, oneOfBoth);
export type ScheduleConfiguration = z.infer<typeof Schedule>;

const Clone = z.strictObject({
  strategy: z
    .enum(['fetch', 'clone'])
    .default('fetch')
    .describe('`clone`: every job begins with a new copy; `fetch`: a runner may reuse an older one'),
  depth: z.number().int().min(0).default(20).describe('Commits that the copy holds; 0: all'),
});

/** Which images are signed for a stack; the same in the notary's configuration. */
export const imageSigning = {
  signs: z
    .strictObject({
      repositories: z
        .array(Text)
        .optional()
        .describe('Repositories with their registry whose images are signed, `*` for any text; if not set, all'),
      dockerfile: z
        .boolean()
        .optional()
        .describe(
          'Whether images that a Dockerfile built are signed, whose layers the notary cannot check; a notary that ' +
            'the server starts signs them unless this is `false`, one on its own does not unless it is `true`',
        ),
    })
    .prefault({})
    .describe('Which images the notary signs'),
};

/** Which jobs of other CI systems may push; the same in the notary's configuration. */
export const acceptedIdentities = {
  identities: z
    .array(IdentityProvider)
    .default([])
    .describe(
      'GitLab projects and GitHub repositories whose own jobs push to the mirror with ID tokens, without a runner of this server',
    ),
  identitiesOnly: z
    .boolean()
    .default(false)
    .describe('Whether the notary signs only for pipelines whose jobs sent it an ID token'),
};

/** One entry of `stacks` in `slipway.server.yaml`. */
export const StackConfiguration = z
  .strictObject({
    name: z
      .string()
      .regex(
        /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/,
        'must be 3 to 63 lower-case letters, digits and hyphens (it names an S3 bucket)',
      )
      .describe('Name of the stack; also of its mirror’s bucket'),
    private: z
      .boolean()
      .default(false)
      .describe('Whether reading its pages, logs, artifacts, mirror and images requires a role or a token for it'),
    remote: Text.optional().describe(
      `URL or folder of the git repository; or else ${forgeSectionNames}. A folder that begins with \`.\` is relative to this file`,
    ),
    ...forgeSections,
    defaultBranch: Text.default('main').describe('Branch that pull requests are merged into'),
    poll: z.number().min(0).default(30).describe('Seconds between polls of the remote; 0: only after a hook'),
    protected: z
      .strictObject({
        branches: z
          .array(z.string())
          .default([])
          .describe('Protected branches besides the default one; `*` stands for any text'),
        tags: z
          .array(z.string())
          .default(['*'])
          .describe('Tags that may publish, if their commit is on a protected branch'),
      })
      .prefault({})
      .describe('Refs whose pipelines sign and publish'),
    events: Events.prefault({}).describe('Which events start pipelines'),
    schedules: z.array(Schedule).default([]).describe('Pipelines that start at certain times'),
    rebase: z
      .strictObject(times)
      .refine(hasOne, oneOfBoth)
      .optional()
      .describe(
        'When the bases of published images are compared with what their names mean now; images whose base has moved ' +
          'are built again',
      ),
    hookToken: SecretSource.optional().describe(
      'Token that the hook of the git repository uses to report who pushed, for `actors` of image rules',
    ),
    triggerToken: SecretSource.optional().describe(
      'Token with the scope `approve` on this stack; `slipway token create` makes others',
    ),
    triggerTokens: z
      .array(
        z.strictObject({
          actor: Text.describe('Name of the account, as in `actors` of image rules'),
          token: SecretSource,
        }),
      )
      .default([])
      .describe(
        'Tokens of single accounts with the same scope: a pipeline that is triggered with one counts as that account’s',
      ),
    environment: z
      .string()
      .regex(/^(?:\.|[\w+][\w+.-]*(?:\/[\w+][\w+.-]*)*)$/, 'must be a folder of the repository, as in `stacks/base`')
      .optional()
      .describe(
        'Folder of `spack.yaml` in the repository, `.` for its top. The stack then has the built-in pipeline, whatever ' +
          '`.gitlab-ci.yml` says',
      ),
    clone: Clone.prefault({}).describe(
      'How jobs get the repository; `GIT_STRATEGY` and `GIT_DEPTH` of a job override it',
    ),
    variables: z.record(z.string(), Variable).default({}).describe('Variables of every job'),
    secrets: z
      .array(SecretVariable)
      .default([])
      .describe('Variables whose values are masked in logs, and refused in artifacts, packages and images'),
    mirror: z.string().optional().describe('Name of a mirror in `mirrors`; if not set, a folder in the data folder'),
    layouts: z
      .array(z.enum(['v3', 'v2']))
      .refine((layouts) => layouts.includes('v3'), 'must hold `v3`')
      .default(['v3'])
      .describe('Layouts in which the mirror is kept: `v3`, and `v2` beside it for Spack 0.19 to 0.23'),
    ...imageSigning,
    ...acceptedIdentities,
    testedLocks: z
      .enum(['protected', 'pull-request'])
      .default('protected')
      .describe(
        'Whose tested lock the pipeline of a protected ref takes where its tree is the same: that of a ' +
          '`protected` one, or that of a `pull-request` of the team’s as well. Outsiders’ never',
      ),
    promotion: z
      .enum(['never', 'pull-request'])
      .default('never')
      .describe(
        'Whether packages are built again after a merge: `pull-request` takes those over that trusted runners built ' +
          'for a pull request of the team, if the tree and the lock are the same. Outsiders’ never',
      ),
    notifications: z
      .array(DestinationConfiguration)
      .default([])
      .describe('Destinations for failures of this stack, in addition to `notifications` of the server'),
    weight: z
      .number()
      .positive()
      .max(1000)
      .default(1)
      .describe('Share of the runners while several stacks wait for one, compared with a stack of weight 1'),
    quotas: StackQuotas.prefault({}).describe('Limits that override `quotas` of the server'),
    blocked: BlockedSettings.prefault({}).describe('Stack, authors and pull requests that may not start pipelines'),
    jobTimeout: z
      .number()
      .int()
      .positive()
      .default(3600)
      .describe('Seconds that a job may take, unless it sets a `timeout`'),
  })
  .superRefine((stack, check) => {
    const [section, ...more] = forgeSectionsIn(stack);
    if (more.length === 0 && (stack.remote === undefined) !== (section === undefined)) return;
    const path = section === undefined ? [] : [section];
    check.addIssue({ code: 'custom', path, message: `a stack has either \`remote\` or ${forgeSectionNames}` });
  });
export type StackConfiguration = z.infer<typeof StackConfiguration>;

/** Where a stack's repository is cloned from, as it may stand in the configuration: perhaps with credentials in it. */
export function remoteOf(stack: StackConfiguration): string {
  return forgeRepository(stack)?.cloneUrl ?? (stack.remote as string);
}

/** Returns the path of `spack.yaml` in a repository whose environment is in this folder. */
export function environmentFile(folder: string): string {
  return posix.join(folder, 'spack.yaml');
}

function isCronPattern(text: string): boolean {
  if (text.trim().split(/\s+/).length !== 5) return false;
  try {
    return new Cron(text).nextRun() !== null;
  } catch {
    return false;
  }
}
