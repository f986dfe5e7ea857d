import type { Fault, YamlPath, SecretSource } from '../../kit/index.ts';
import type { StackConfiguration } from './stack-configuration.ts';

const ID = 'AWS_ACCESS_KEY_ID';
const SECRET = 'AWS_SECRET_ACCESS_KEY';
/** The second is how older documentation misspelt it. */
const ENDPOINTS = ['S3_ENDPOINT_URL', 'S3_ENDPOIT_URL'] as const;
const OF_S3: ReadonlySet<string> = new Set([ID, SECRET, ...ENDPOINTS]);

/** Set by the server in every job. */
const OF_JOBS: ReadonlySet<string> = new Set([
  'CI_JOB_TOKEN',
  'SLIPWAY_MIRROR',
  'SLIPWAY_MIRROR_SOURCE',
  'SLIPWAY_TESTED_LOCKS',
  'SLIPWAY_TRUST',
  'SLIPWAY_TRUSTED_KEYS',
]);

/** Access to an S3 as a stack's variables give it to GitLab's jobs: for the mirror that its `spack.yaml` names. */
export interface S3Variables {
  readonly credentials?: { readonly id: SecretSource; readonly secret: SecretSource };
  readonly endpoint?: SecretSource | { readonly value: string };
}

type ConfiguredAccess = Pick<StackConfiguration, 'variables' | 'secrets' | 'mirror'>;

/** Returns the access that a stack's variables give; undefined if none of them is about S3. */
export function s3Variables({ variables, secrets }: ConfiguredAccess): S3Variables | undefined {
  const secretOf = (name: string) => secrets.find((one) => one.name === name)?.from;
  const [id, secret] = [secretOf(ID), secretOf(SECRET)];
  const endpoints = ENDPOINTS.map((name) => {
    const value = variables[name];
    return secretOf(name) ?? (value === undefined ? undefined : { value });
  });
  const endpoint = endpoints.find((one) => one !== undefined);
  if (id === undefined && secret === undefined && endpoint === undefined) return undefined;
  return { credentials: id && secret && { id, secret }, endpoint };
}

/** Returns a stack without these variables: its jobs get access to the gateway in their place. */
export function withoutS3Variables(stack: StackConfiguration): StackConfiguration {
  return {
    ...stack,
    variables: Object.fromEntries(Object.entries(stack.variables).filter(([name]) => !OF_S3.has(name))),
    secrets: stack.secrets.filter(({ name }) => !OF_S3.has(name)),
  };
}

interface VariableFault extends Fault {
  readonly path: YamlPath;
}

/** Returns the faults of a stack's variables that its jobs could not have, each with the change to make. */
export function variableFaults(stack: ConfiguredAccess): readonly VariableFault[] {
  const names = [
    ...Object.keys(stack.variables).map((name) => ({ name, path: ['variables', name], isSecret: false })),
    ...stack.secrets.map(({ name }, index) => ({ name, path: ['secrets', index, 'name'], isSecret: true })),
  ];
  const faults = names.flatMap(({ name, path, isSecret }) => {
    const fault = faultOf(name, stack, isSecret);
    return fault === undefined ? [] : [{ path, code: 'CONFIGURATION_VARIABLE', ...fault }];
  });
  return [...faults, ...halfOfPair(stack)];
}

type Reason = Pick<Fault, 'message' | 'hint'>;

function faultOf(name: string, { mirror }: ConfiguredAccess, isSecret: boolean): Reason | undefined {
  if (name === 'SPACK_SIGNING_KEY')
    return {
      message: 'Jobs do not sign, so `SPACK_SIGNING_KEY` would only expose the key to them',
      hint: 'Move it from the stack to the notary: `signingKey: { env: SPACK_SIGNING_KEY }` at the top of this file.',
    };
  if (OF_JOBS.has(name))
    return {
      message: `\`${name}\` would replace what the server gives to its jobs`,
      hint: 'Remove it. A mirror elsewhere is configured with `mirrors` and `mirror` of the stack.',
    };
  if (name === 'AWS_SESSION_TOKEN')
    return {
      message:
        'Keys that expire cannot give access to the mirror of a server: `AWS_SESSION_TOKEN` belongs to such keys',
      hint: 'Use keys that do not expire, or a `profile` with a `credential_process` under `mirrors`.',
    };
  if (!OF_S3.has(name)) return undefined;
  if (mirror !== undefined)
    return {
      message: `\`${name}\` would replace the access to the gateway that jobs get, and the stack has \`mirror: ${mirror}\``,
      hint: 'Remove it from the stack; access to the mirror is configured with `credentials` and `endpoint` under `mirrors`.',
    };
  if (isSecret || (ENDPOINTS as readonly string[]).includes(name)) return undefined;
  return { message: `\`${name}\` is not secret under \`variables\``, hint: 'List it under `secrets` of the stack.' };
}

function halfOfPair({ secrets, mirror }: ConfiguredAccess): readonly VariableFault[] {
  const index = secrets.findIndex(({ name }) => name === ID || name === SECRET);
  const [id, secret] = [ID, SECRET].map((one) => secrets.some(({ name }) => name === one));
  if (id === secret || mirror !== undefined) return [];
  const message = `\`${ID}\` and \`${SECRET}\` go together`;
  const hint = `Add \`${id ? SECRET : ID}\` to the secrets of the stack.`;
  return [{ path: ['secrets', index, 'name'], code: 'CONFIGURATION_VARIABLE', message, hint }];
}
