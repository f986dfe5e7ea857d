import { isIP } from 'node:net';
import * as z from 'zod';
import { SecretSource } from '../../kit/index.ts';
import { IncludeConfiguration } from '../../includes/index.ts';
import { AccessConfiguration } from './access-configuration.ts';
import { MirrorConfiguration } from './mirror-configuration.ts';
import { NetworkConfiguration } from './network-configuration.ts';
import { DestinationConfiguration, SmtpConfiguration } from './notification-configuration.ts';
import { signingKeys } from './key-configuration.ts';
import { RunnerConfiguration } from './runner-configuration.ts';
import { QuotaSettings } from './quota-settings.ts';
import { StackConfiguration } from './stack-configuration.ts';

const Text = z.string().min(1);
const Whole = z.number().int().nonnegative();
const Positive = z.number().int().positive();

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
        'Address of a `slipway notary` that is started separately. Without it, the server starts a notary and ' +
          'keeps it running',
      ),
    token: SecretSource.optional().describe('Token that the notary at `url` requires'),
    certificate: Text.optional().describe(
      'PEM file with the certificate of the notary at `url`, or of its issuer. Default: the issuers that ' +
        'Node.js trusts',
    ),
    folder: Text.optional().describe(
      'Folder of the keys and logs of the notary that the server starts. Default: `notary` in the data folder',
    ),
  })
  .refine(({ url, token }) => (url === undefined) === (token === undefined), '`url` and `token` go together');

const Registry = z.strictObject({
  host: Text.describe('Host and port, as in image references'),
  username: Text.describe('User name'),
  password: SecretSource.describe('Password or token of the user'),
});

const Limits = z.strictObject({
  artifactBytes: Positive.default(1_000_000_000).describe('Maximum size of an artifact archive, in bytes'),
  artifactAge: Whole.default(30 * 24 * 3600).describe(
    'Seconds after which artifacts of jobs without `expire_in` are deleted; 0: never. Artifacts of the newest ' +
      'successful pipeline of each ref are kept',
  ),
  logBytes: Positive.default(100_000_000).describe('Maximum size of the log of a job, in bytes'),
  objectBytes: Positive.default(20_000_000_000).describe('Maximum size of an object of a mirror, in bytes'),
  runnerSilence: z
    .number()
    .int()
    .min(60)
    .default(600)
    .describe(
      'Seconds without contact after which the runner of a job counts as lost. `gitlab-runner` reports at least ' +
        'every 30 seconds',
    ),
  stuckJob: Whole.default(3600).describe(
    'Seconds after which a job fails that no runner can take, because of its tags or because no runner has ' +
      'been in contact for two hours; 0: never',
  ),
  pendingJob: Whole.default(24 * 3600).describe('Seconds after which a job that waits for a runner fails; 0: never'),
  imageWorkBytes: Whole.default(20_000_000_000).describe(
    'Maximum size of the cache of image layers, and of facts about layers, in bytes. The least recently used ' +
      'are deleted first',
  ),
  imageWorkAge: Whole.default(90 * 24 * 3600).describe(
    'Seconds after its last use at which a layer in this cache is deleted; 0: never',
  ),
  pipelineBytes: Positive.default(50_000_000).describe(
    'Maximum size of each YAML file of a pipeline, in bytes. This also applies to included and generated files',
  ),
});

const ProxyAddress = z.string().refine(isAddressOrNetwork, 'must be an IP address, or a network as in 10.0.0.0/8');

const Audit = z.strictObject({
  days: Whole.default(0).describe(
    'Days after which records of the audit log are removed, in whole months; 0: never. The log records each ' +
      'removal',
  ),
});

/** How a server or a notary serves HTTPS. */
export const TlsFiles = z
  .strictObject({
    certificate: Text.describe('PEM file with the certificate chain'),
    key: Text.describe('PEM file with the private key'),
  })
  .optional()
  .describe('Files for TLS. Without them, HTTP is used');

/** `slipway.server.yaml`. Flags take precedence over `SLIPWAY_*`, and those over the file. */
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
    .describe('URL at which jobs and users reach the server (`SLIPWAY_BASE_URL`)'),
  hosts: z
    .array(z.string().regex(/^[^\s/:@]+$/, 'must be a host name without a port'))
    .default([])
    .describe(
      'Further host names of the server. It also accepts the hosts of `baseUrl` and `listen`, the name of its ' +
        'machine, `localhost` and IP addresses. It refuses requests for any other name',
    ),
  trustedProxies: z
    .array(ProxyAddress)
    .default([])
    .describe(
      'Addresses (`192.0.2.1`) and networks (`10.0.0.0/8`) of reverse proxies whose `forwardedHeader` is ' +
        'trusted. The header of other clients is ignored',
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
      'Unprivileged users for the processes of a server that root starts. Default: `slipway` and ' +
        '`slipway-notary`. With `none` (`SLIPWAY_USERS`), all processes run as root. If another user starts the ' +
        'server, they run as that user',
    ),
  access: AccessConfiguration.prefault({}).describe('Sign-in of users'),
  stacks: z.array(StackConfiguration).default([]).describe('The stacks and their repositories'),
  mirrors: z.array(MirrorConfiguration).default([]).describe('Mirrors outside of the data folder'),
  registries: z
    .array(Registry)
    .default([])
    .describe(
      'Credentials of registries that images are published to and bases are read from. Default: the logins of ' +
        '`docker` or `podman` of the user that runs the server, including credential helpers',
    ),
  runners: z
    .array(RunnerConfiguration)
    .prefault([{ name: 'embedded', embedded: true }])
    .describe('Runners that commands do not change. Default: one embedded runner; `[]`: none'),
  ...signingKeys,
  notary: Notary.prefault({}).describe('Process that holds the signing keys'),
  network: NetworkConfiguration.prefault({}).describe('Network of jobs in a sandbox of the embedded runner'),
  includes: IncludeConfiguration.prefault({}).describe(
    'Texts from outside of a repository that pipelines of all stacks may include. Default: only built-in templates',
  ),
  limits: Limits.prefault({}).describe('Maximum sizes and times'),
  quotas: QuotaSettings.prefault({}).describe('Limits of each stack. `quotas` of a stack overrides them'),
  notifications: z
    .array(DestinationConfiguration)
    .default([])
    .describe('Destinations to which failures and recoveries of all stacks are reported'),
  smtp: SmtpConfiguration.optional().describe('Mail server for notifications'),
  mirrorCheck: Whole.default(300).describe(
    'Seconds between checks of each mirror whose failures are reported to a destination; 0: no checks. A ' +
      'check fails if the mirror cannot be read, if its index is not the one that was written, or if entries of ' +
      'the index are missing',
  ),
  audit: Audit.prefault({}).describe('Audit log: the record of who did what'),
});
export type ServerConfiguration = z.infer<typeof ServerConfiguration>;

function isAddressOrNetwork(text: string): boolean {
  const [, address = '', bits = '0'] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const family = isIP(address);
  return family !== 0 && Number(bits) <= (family === 6 ? 128 : 32);
}
