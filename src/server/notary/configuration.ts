import { dirname, resolve } from 'node:path';
import * as z from 'zod';
import { checkYaml, readNamedFile, readYaml, refuseErrors, SecretSource } from '../../kit/index.ts';
import { TlsFiles, acceptedIdentities, imageSigning, mirrorAccess, signingKeys } from '../../coordinator/index.ts';

const NotaryStack = z.strictObject({
  name: z.string().min(1).describe('Name of the stack, as in the configuration of the server'),
  mirror: z
    .string()
    .min(1)
    .describe(
      'Mirror of the stack, which the notary only reads: a folder, `s3://…`, `oci://…`, or ' +
        '`https://<server>/mirrors/<stack>` of the server',
    ),
  ...mirrorAccess,
  ...imageSigning,
  ...acceptedIdentities,
});
type NotaryStack = z.infer<typeof NotaryStack>;

/** `slipway.notary.yaml`: the configuration of a notary on a host of its own. */
export const NotaryConfiguration = z.strictObject({
  folder: z
    .string()
    .min(1)
    .default('slipway-notary')
    .describe('Folder of the keys, and of the logs of what was signed'),
  listen: z
    .string()
    .regex(/^(?:unix:.+|(?:\[[0-9a-fA-F:]+\]|[^:\s]+):\d{1,5})$/, 'must be `unix:<path>` or an address and a port')
    .default('unix:slipway-notary/socket')
    .describe('Socket or address that the server connects to. Addresses outside of this machine require `tls`'),
  socketAccess: z
    .enum(['owner', 'group'])
    .default('owner')
    .describe(
      'Who may connect to a socket. `owner`: the user of the notary; `group`: also members of its group, for a ' +
        'server that runs as another user',
    ),
  tls: TlsFiles,
  token: SecretSource.describe('Token that the server must send'),
  ...signingKeys,
  stacks: z.array(NotaryStack).default([]).describe('Stacks that the notary signs for'),
});
export type NotaryConfiguration = z.infer<typeof NotaryConfiguration>;

const notaryConfigurationFile = 'slipway.notary.yaml';

/** Reads the configuration, and the folder that its relative paths start from. Throws all faults together. */
export async function loadNotaryConfiguration(
  path: string | undefined,
  cwd: string,
): Promise<{ readonly configuration: NotaryConfiguration; readonly base: string }> {
  const file = resolve(cwd, path ?? notaryConfigurationFile);
  const text = await readNamedFile(file, cwd);
  const source = readYaml(text, file);
  const { value, diagnostics } = checkYaml(source, NotaryConfiguration);
  refuseErrors(diagnostics);
  const configuration = value as NotaryConfiguration;
  if (configuration.tls === undefined && !isOfThisMachine(configuration.listen))
    refuseErrors([
      source.fault(['listen'], {
        code: 'CONFIGURATION_NOTARY_TLS',
        message: `The token would go to \`${configuration.listen}\` for everybody on the way to read`,
        hint: 'Give `tls: { certificate: …, key: … }`, or listen on 127.0.0.1 or a socket.',
      }),
    ]);
  return { configuration, base: dirname(file) };
}

function isOfThisMachine(address: string): boolean {
  return /^(?:unix:|127(?:\.\d+){3}:|localhost:|\[::1\]:)/.test(address);
}
