import { isIP } from 'node:net';
import * as z from 'zod';
import { checkYaml, readYaml, type Diagnostic, type Fault, type YamlPath, SecretSource } from '../kit/index.ts';
import { AccessConfiguration } from './access-configuration.ts';
import { NetworkConfiguration } from './network-configuration.ts';
import { DestinationConfiguration, SmtpConfiguration } from './notification-configuration.ts';
import { signingKeys } from './key-configuration.ts';
import { QuotaSettings } from './quotas/quota-settings.ts';
import { variableFaults } from './s3-variables.ts';
import { StackConfiguration } from './stack-configuration.ts';

const Text = z.string().min(1);
const Whole = z.number().int().nonnegative();
const Positive = z.number().int().positive();

/** How a mirror is reached; the same in the notary's configuration. */
export const mirrorAccess = {
  endpoint: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Of S3; else `S3_ENDPOINT_URL` or `AWS_ENDPOINT_URL_S3` of the environment, else AWS'),
  region: Text.optional().describe('Of S3; else `AWS_REGION`'),
  addressing: z.enum(['path', 'virtual']).optional().describe('How S3 requests name the bucket; default: `path`'),
  profile: Text.optional().describe('Profile of AWS’s own files that holds the access key'),
  credentials: z
    .strictObject({ id: SecretSource, secret: SecretSource })
    .optional()
    .describe(
      'Access key of S3, or name and password for the registry; without it what the environment has ' +
        '(`AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, `SLIPWAY_REGISTRY_USERNAME` and ' +
        '`SLIPWAY_REGISTRY_PASSWORD`)',
    ),
};

const Mirror = z
  .strictObject({
    name: Text.describe('Name for `mirror` of a stack'),
    path: Text.optional().describe('Folder with a build cache for each stack; or else `url`'),
    url: z
      .string()
      .regex(
        /^(?:s3|oci(?:\+https?)?):\/\/[^/@?#]+(?:\/[^@?#]*)?$/,
        'must be `s3://…` or `oci://…`, without credentials',
      )
      .optional()
      .describe(
        '`s3://bucket/prefix` or `oci://registry/repository` (`oci+http://…` without TLS); each stack has a part ' +
          'of its own below it',
      ),
    perStack: z
      .boolean()
      .default(true)
      .describe(
        'Whether each stack has a part of its own below it; with `false` it is exactly there, the mirror of one stack',
      ),
    ...mirrorAccess,
  })
  .refine(({ path, url }) => (path === undefined) !== (url === undefined), 'a mirror has either `path` or `url`');
export type MirrorConfiguration = z.infer<typeof Mirror>;

const Notary = z
  .strictObject({
    url: z
      .string()
      .regex(
        /^(?:unix:.+|https:\/\/[^/@?#]+\/?|http:\/\/(?:127(?:\.\d+){3}|localhost|\[::1\])(?::\d+)?\/?)$/,
        'must be `unix:<path>` or `https://<host>:<port>`; `http://` on this machine alone',
      )
      .optional()
      .describe(
        'Where a `slipway notary` that was started separately listens; without it the server starts one and keeps ' +
          'it running',
      ),
    token: SecretSource.optional().describe('Token that the notary at `url` requires'),
    certificate: Text.optional().describe(
      'PEM file with the certificate of the notary at `url`, or of who issued it; without it those count that ' +
        'Node.js knows',
    ),
    folder: Text.optional().describe(
      'Folder of keys and logs of the notary that the server starts; if not set, `notary` in the data folder',
    ),
  })
  .refine(({ url, token }) => (url === undefined) === (token === undefined), '`url` and `token` go together');

const Registry = z.strictObject({
  host: Text.describe('Host and port, as in image references'),
  username: Text.describe('User name'),
  password: SecretSource,
});

const JobLimits = z.strictObject({
  memory: Positive.optional().describe('Bytes of memory of all its processes; default: nine tenths of the machine’s'),
  processes: Positive.default(16_384).describe('Processes and threads'),
  openFiles: Positive.default(65_536).describe('Open files of each process'),
  disk: Positive.default(100_000_000_000).describe('Bytes in its folder'),
});

export const RunnerConfiguration = z.strictObject({
  name: Text.describe('Name that is shown with its jobs'),
  token: SecretSource.optional().describe('Authentication token; the embedded runner needs none'),
  embedded: z.boolean().default(false).describe('Run by the server itself'),
  concurrency: Positive.optional().describe(
    'Jobs at once, on all machines that share the token; default: 2 for the embedded runner, no limit for others',
  ),
  cores: z
    .number()
    .positive()
    .optional()
    .describe(
      'Cores that one of its jobs has, for `cpuHours` of quotas; default: the machine’s cores by `concurrency` for the embedded runner, 1 for others',
    ),
  tags: z.array(z.string()).default([]).describe('Tags; a job with tags runs only on a runner that has all of them'),
  runUntagged: z.boolean().default(true).describe('Whether it takes jobs without tags'),
  protectedOnly: z.boolean().default(false).describe('Whether it takes jobs of protected refs only'),
  sandbox: z
    .enum(['always', 'never'])
    .optional()
    .describe(
      'Whether every job runs in a sandbox; with `never`, jobs of forks are held. The embedded runner’s default is ' +
        '`always`, and where no sandbox works its jobs wait. For other runners, whose default is `never`, `always` ' +
        'declares that each job is isolated there (a container, a machine for each job)',
    ),
  trusted: z
    .boolean()
    .optional()
    .describe(
      'Whether packages that it builds for pull requests of the team may be promoted (`stacks[].promotion`). The ' +
        'default is `true` for the embedded runner with a sandbox, and `false` for others, which need ' +
        '`sandbox: always` for it: who runs them could replace what they build',
    ),
  limits: JobLimits.prefault({}).describe('Embedded runner: what one job in a sandbox may use'),
});
export type RunnerConfiguration = z.infer<typeof RunnerConfiguration>;

const Limits = z.strictObject({
  artifactBytes: Positive.default(1_000_000_000).describe('Bytes of one artifact archive'),
  artifactAge: Whole.default(30 * 24 * 3600).describe(
    'Seconds after which artifacts are deleted whose job does not set `expire_in`; 0: never. Those of a ref’s ' +
      'newest successful pipeline stay',
  ),
  logBytes: Positive.default(100_000_000).describe('Bytes of one job’s log'),
  objectBytes: Positive.default(20_000_000_000).describe('Bytes of one object of a mirror'),
  runnerSilence: z
    .number()
    .int()
    .min(60)
    .default(600)
    .describe(
      'Seconds without contact after which the runner of a job counts as lost; `gitlab-runner` reports at least ' +
        'every half minute',
    ),
  stuckJob: Whole.default(3600).describe(
    'Seconds that a job may wait while no runner can take it, for its tags or since none has been in contact for ' +
      'two hours; then it fails. 0: without limit',
  ),
  pendingJob: Whole.default(24 * 3600).describe(
    'Seconds that any job may wait for a runner; then it fails. 0: without limit',
  ),
  imageWorkBytes: Whole.default(20_000_000_000).describe(
    'Bytes of layers that were made for images, and of facts about layers; those unused for the longest time are deleted first',
  ),
  imageWorkAge: Whole.default(90 * 24 * 3600).describe(
    'Seconds after its last use that such a layer is kept; 0: without limit',
  ),
  pipelineBytes: Positive.default(50_000_000).describe(
    'Bytes of each YAML file of a pipeline, included and generated ones too',
  ),
});

const ProxyAddress = z.string().refine(isAddressOrNetwork, 'must be an IP address, or a network as in 10.0.0.0/8');

const Audit = z.strictObject({
  days: Whole.default(0).describe(
    'Days after which records of the audit log are removed, by whole months; 0: never. Their removal is recorded',
  ),
});

/** How a server or a notary serves HTTPS. */
export const TlsFiles = z
  .strictObject({
    certificate: Text.describe('PEM file with the certificate chain'),
    key: Text.describe('PEM file with the private key'),
  })
  .optional()
  .describe('Files for TLS; if not set, the server uses HTTP');

/**
 * `slipway.server.yaml`, the server's configuration. Flags take precedence over `SLIPWAY_*`, and those over the file.
 */
export const ServerConfiguration = z.strictObject({
  data: Text.default('slipway-data').describe('Folder in which the server stores its data (`SLIPWAY_DATA`)'),
  listen: z
    .string()
    .regex(/^(\[[0-9a-fA-F:]+\]|[^:\s]+):\d{1,5}$/, 'must be an address and a port, as in 127.0.0.1:8080')
    .default('127.0.0.1:8080')
    .describe('Address and port to listen on; port 0 selects a free one (`SLIPWAY_LISTEN`)'),
  baseUrl: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('URL by which jobs and people reach the server (`SLIPWAY_BASE_URL`)'),
  hosts: z
    .array(z.string().regex(/^[^\s/:@]+$/, 'must be a host name without a port'))
    .default([])
    .describe(
      'Further host names by which the server is reached. It also answers to those of `baseUrl` and `listen`, to ' +
        'the name of its machine, to `localhost` and to IP addresses; requests for any other name are refused',
    ),
  trustedProxies: z
    .array(ProxyAddress)
    .default([])
    .describe(
      'Addresses (`192.0.2.1`) and networks (`10.0.0.0/8`) of reverse proxies whose `forwardedHeader` is believed; ' +
        'without it the header is ignored',
    ),
  forwardedHeader: z
    .enum(['X-Forwarded-For', 'Forwarded'])
    .default('X-Forwarded-For')
    .describe('Header in which these proxies send the address of the client'),
  tls: TlsFiles,
  users: z
    .union([
      z.literal('none'),
      z.strictObject({
        server: Text.describe('User of the server and its jobs'),
        notary: Text.describe('User of the notary, which alone reads the signing keys'),
      }),
    ])
    .optional()
    .describe(
      'Users without rights that a server started as root runs as; default: `slipway` and `slipway-notary`. With `none` ' +
        'it runs everything as root (`SLIPWAY_USERS`). Other users start both processes as themselves',
    ),
  access: AccessConfiguration.prefault({}).describe('Sign-in of people'),
  stacks: z.array(StackConfiguration).default([]).describe('The stacks and their repositories'),
  mirrors: z.array(Mirror).default([]).describe('Mirrors outside of the data folder'),
  registries: z
    .array(Registry)
    .default([])
    .describe(
      'Credentials for registries that images are published to and bases read from; without an entry those of ' +
        '`docker login` or `podman login` of the server’s user, helpers included',
    ),
  runners: z.array(RunnerConfiguration).default([]).describe('Runners; if not set, one embedded runner'),
  ...signingKeys,
  notary: Notary.prefault({}).describe('Process that holds the keys'),
  network: NetworkConfiguration.prefault({}).describe('Network of jobs in a sandbox of the embedded runner'),
  limits: Limits.prefault({}).describe('Upper bounds'),
  quotas: QuotaSettings.prefault({}).describe('What each stack may use; `quotas` of a stack overrides it'),
  notifications: z
    .array(DestinationConfiguration)
    .default([])
    .describe('Destinations for failures of all stacks, and for their ends'),
  smtp: SmtpConfiguration.optional().describe('Mail server for notifications'),
  mirrorCheck: Whole.default(300).describe(
    'Seconds between two checks of each mirror whose failures are reported to a destination. A check fails if the mirror ' +
      'cannot be read, has another index than the one that was written, or lacks entries of its index. 0: no checks',
  ),
  audit: Audit.prefault({}).describe('Audit log: the record of who did what'),
});
export type ServerConfiguration = z.infer<typeof ServerConfiguration>;

function isAddressOrNetwork(text: string): boolean {
  const [, address = '', bits = '0'] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const family = isIP(address);
  return family !== 0 && Number(bits) <= (family === 6 ? 128 : 32);
}

/** Reads `slipway.server.yaml`. All faults are returned together, each with its position. */
export function readServerConfiguration(
  text: string,
  file: string,
): { configuration?: ServerConfiguration; diagnostics: readonly Diagnostic[] } {
  const source = readYaml(text, file);
  const { value, diagnostics } = checkYaml(source, ServerConfiguration);
  if (value === undefined) return { diagnostics };
  const faults = [
    ...duplicates(value, 'stacks'),
    ...duplicates(value, 'runners'),
    ...unknownMirrors(value),
    ...destinationFaults(value),
    ...value.stacks.flatMap((stack, index) =>
      variableFaults(stack).map((fault) => ({ ...fault, path: ['stacks', index, ...fault.path] })),
    ),
    ...runnersWithoutToken(value),
    ...runnersWithoutSandbox(value),
  ];
  if (faults.length > 0) return { diagnostics: faults.map(({ path, ...fault }) => source.fault(path, fault)) };
  return { configuration: value, diagnostics };
}

interface LocatedFault extends Fault {
  readonly path: YamlPath;
}

function duplicates(value: ServerConfiguration, section: 'stacks' | 'runners'): readonly LocatedFault[] {
  const names = value[section].map(({ name }) => name);
  return names.flatMap((name, index) => {
    return names.indexOf(name) === index ? [] : [duplicate(name, [section, index, 'name'])];
  });
}

function duplicate(name: string, path: YamlPath): LocatedFault {
  const message = `\`${name}\` is there twice`;
  return { path, code: 'CONFIGURATION_DUPLICATE', message, hint: 'Give each a name of its own.' };
}

/** A runner elsewhere has to show a token that both sides know. */
function runnersWithoutToken({ runners }: ServerConfiguration): readonly LocatedFault[] {
  return runners.flatMap(({ embedded, token, name }, index) => {
    if (embedded || token !== undefined) return [];
    const message = `Runner \`${name}\` has no token`;
    const hint = 'Name where its token is with `token`, or let the server run it with `embedded: true`.';
    return [{ path: ['runners', index], code: 'CONFIGURATION_RUNNER_TOKEN', message, hint }];
  });
}

/** What earlier jobs can leave on the machine must not get into packages that are promoted. */
function runnersWithoutSandbox({ runners }: ServerConfiguration): readonly LocatedFault[] {
  return runners.flatMap(({ trusted, embedded, sandbox, name }, index) => {
    if (trusted !== true || (sandbox ?? (embedded ? 'always' : 'never')) === 'always') return [];
    const message = `Runner \`${name}\` is \`trusted\`, but its jobs are not isolated from each other`;
    const hint = 'Set `sandbox: always` if they are, or leave out `trusted`.';
    return [{ path: ['runners', index, 'trusted'], code: 'CONFIGURATION_RUNNER_TRUSTED', message, hint }];
  });
}

/** Names of destinations are unique over all stacks, since `slipway notify test` takes one. */
function destinationFaults({ notifications, stacks, smtp }: ServerConfiguration): readonly LocatedFault[] {
  const all = [
    ...notifications.map((one, index) => ({ ...one, path: ['notifications', index] })),
    ...stacks.flatMap((stack, at) =>
      stack.notifications.map((one, index) => ({ ...one, path: ['stacks', at, 'notifications', index] })),
    ),
  ];
  const names = all.map(({ name }) => name);
  return all.flatMap(({ name, email, path }, index): readonly LocatedFault[] => {
    if (names.indexOf(name) !== index) return [duplicate(name, [...path, 'name'])];
    if (email === undefined || smtp !== undefined) return [];
    const message = `Destination \`${name}\` sends mail, but no mail server is configured`;
    return [{ path, code: 'CONFIGURATION_SMTP', message, hint: 'Configure the mail server under `smtp`.' }];
  });
}

function unknownMirrors({ stacks, mirrors }: ServerConfiguration): readonly LocatedFault[] {
  return stacks.flatMap(({ mirror }, index) => {
    if (mirror === undefined || mirrors.some(({ name }) => name === mirror)) return [];
    const message = `There is no mirror \`${mirror}\` under \`mirrors\``;
    return [{ path: ['stacks', index, 'mirror'], code: 'CONFIGURATION_MIRROR', message }];
  });
}
