import { SecretSource } from '../../kit/index.ts';
import * as z from 'zod';
import { forgeRepository, forgeSectionNames, forgeSections, forgeSectionsIn } from '../../forge/index.ts';
import { IncludeConfiguration } from '../../includes/index.ts';
import { IdentityProvider } from '../../identity/index.ts';
import { DestinationConfiguration } from './notification-configuration.ts';
import { BlockedSettings, StackQuotas } from './quota-settings.ts';
import { ScheduleConfiguration, Times } from './schedule-configuration.ts';
import { stackRelations } from './stack-relations.ts';

const Text = z.string().min(1);
const Variable = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const SecretVariable = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z_]\w*$/, 'must be the name of a variable')
    .describe('Name of the variable in jobs'),
  from: SecretSource.describe('Source of the value'),
  type: z
    .enum(['variable', 'file'])
    .default('variable')
    .describe('`file`: the variable holds the path of a file with the value, as with GitLab’s variables of type file'),
  scope: z
    .enum(['protected', 'trusted'])
    .default('protected')
    .describe(
      '`protected`: for jobs of protected refs only; `trusted`: also for pull requests of the team. Jobs of ' +
        'outsiders never get it',
    ),
});

const Events = z.strictObject({
  pullRequests: z.boolean().default(true).describe('Pull requests that are opened or pushed to, and merge queues'),
  pushes: z.boolean().default(true).describe('Pushes to protected branches'),
  tags: z.boolean().default(true).describe('New tags'),
});

const Clone = z.strictObject({
  strategy: z
    .enum(['fetch', 'clone'])
    .default('fetch')
    .describe('`clone`: every job starts with a new copy; `fetch`: a runner may reuse an older copy'),
  depth: z.number().int().min(0).default(20).describe('Number of commits in the copy; 0: all'),
});

/** Which images are signed for a stack; the same in the notary's configuration. */
export const imageSigning = {
  signs: z
    .strictObject({
      repositories: z
        .array(Text)
        .optional()
        .describe('Repositories, with their registry, whose images are signed; `*` matches any text. Default: all'),
      dockerfile: z
        .boolean()
        .optional()
        .describe(
          'Whether images that a Dockerfile built are signed. The notary cannot check their layers. Default: `true` ' +
            'for a notary that the server starts, `false` for one that is started separately',
        ),
    })
    .prefault({})
    .describe('Images that the notary signs'),
};

/** Which jobs of other CI systems may push; the same in the notary's configuration. */
export const acceptedIdentities = {
  identities: z
    .array(IdentityProvider)
    .default([])
    .describe(
      'GitLab projects and GitHub repositories whose own CI jobs push to the mirror with ID tokens. They need ' +
        'no runner of this server',
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
      .describe('Name of the stack, and of the bucket of its mirror'),
    private: z
      .boolean()
      .default(false)
      .describe(
        'Whether a role or token for the stack is required to read its pages, logs, artifacts, mirror and images',
      ),
    remote: Text.optional().describe(
      `URL or folder of the git repository. Set this or ${forgeSectionNames}. A folder that begins with \`.\` is relative to this file`,
    ),
    ...forgeSections,
    defaultBranch: Text.default('main').describe('Branch that pull requests are merged into'),
    poll: z
      .number()
      .min(0)
      .default(30)
      .describe('Seconds between polls of the repository; 0: it is read after a hook, and every hour'),
    protected: z
      .strictObject({
        branches: z
          .array(z.string())
          .default([])
          .describe('Protected branches besides the default branch; `*` matches any text'),
        tags: z
          .array(z.string())
          .default(['*'])
          .describe('Tags that may publish if their commit is on a protected branch; `*` matches any text'),
        imageTags: z
          .array(z.string())
          .default([])
          .describe(
            'Tags of images that only rules with `actors` may publish; `*` matches any text. A commit cannot change this',
          ),
      })
      .prefault({})
      .describe('Refs whose pipelines sign and publish'),
    events: Events.prefault({}).describe('Events that start pipelines'),
    schedules: z.array(ScheduleConfiguration).default([]).describe('Pipelines that start at set times'),
    rebase: Times.optional().describe(
      'When to check whether the bases of published images have changed. Images whose base has changed are ' +
        'built again',
    ),
    hookToken: SecretSource.optional().describe(
      'Token that the hook of the git repository uses to report who pushed, for `actors` of image rules',
    ),
    triggerToken: SecretSource.optional().describe(
      'Token with the scope `approve` on this stack. `slipway token create` creates further tokens',
    ),
    triggerTokens: z
      .array(
        z.strictObject({
          actor: Text.describe('Name of the account, as in `actors` of image rules'),
          token: SecretSource.describe('Token of the account'),
        }),
      )
      .default([])
      .describe(
        'Tokens of single accounts with the same scope. A pipeline that one of them triggers counts as triggered ' +
          'by its account',
      ),
    environment: z
      .string()
      .regex(/^(?:\.|[\w+][\w+.-]*(?:\/[\w+][\w+.-]*)*)$/, 'must be a folder of the repository, as in `stacks/base`')
      .optional()
      .describe(
        'Folder of `spack.yaml` in the repository; `.` for the top folder. The stack then uses the built-in ' +
          'pipeline instead of `.gitlab-ci.yml`',
      ),
    clone: Clone.prefault({}).describe(
      'How jobs get the repository. `GIT_STRATEGY` and `GIT_DEPTH` of a job override it',
    ),
    includes: IncludeConfiguration.prefault({}).describe(
      'Texts from outside of the repository that pipelines of this stack may include, in addition to `includes` of ' +
        'the server',
    ),
    variables: z.record(z.string(), Variable).default({}).describe('Variables of every job'),
    secrets: z
      .array(SecretVariable)
      .default([])
      .describe(
        'Variables whose values are masked in logs. Artifacts, packages and images that contain them are refused',
      ),
    mirror: z.string().optional().describe('Name of a mirror in `mirrors`. Default: a folder in the data folder'),
    layouts: z
      .array(z.enum(['v3', 'v2']))
      .refine((layouts) => layouts.includes('v3'), 'must hold `v3`')
      .default(['v3'])
      .describe('Layouts of the mirror: `v3`, and in addition `v2` for Spack 0.19 to 0.23'),
    ...imageSigning,
    ...acceptedIdentities,
    testedLocks: z
      .enum(['protected', 'pull-request'])
      .default('protected')
      .describe(
        '`protected`: a pipeline of a protected ref reuses the tested lock of a protected pipeline with the same ' +
          'tree; `pull-request`: also that of a pull request of the team. Locks of outsiders are never reused',
      ),
    promotion: z
      .enum(['never', 'pull-request'])
      .default('never')
      .describe(
        '`never`: packages are built again after a merge; `pull-request`: packages that trusted runners built for ' +
          'a pull request of the team are reused, if the tree and the lock are the same. Packages of outsiders are ' +
          'never reused',
      ),
    notifications: z
      .array(DestinationConfiguration)
      .default([])
      .describe('Destinations for failures of this stack, in addition to `notifications` of the server'),
    ...stackRelations,
    weight: z
      .number()
      .positive()
      .max(1000)
      .default(1)
      .describe('Share of the runners when several stacks wait for one, relative to a stack of weight 1'),
    quotas: StackQuotas.prefault({}).describe('Limits that override `quotas` of the server'),
    blocked: BlockedSettings.prefault({}).describe('Stack, authors and pull requests that may not start pipelines'),
    jobTimeout: z.number().int().positive().default(3600).describe('Seconds that a job without `timeout` may take'),
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
