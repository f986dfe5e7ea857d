import * as z from 'zod';
import { Secret } from '../kit/index.ts';
import type { RegistryCredentials } from './registry-auth.ts';

const Account = z.looseObject({
  auth: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  identitytoken: z.string().optional(),
});

/** The part of Docker's `config.json`, and of Podman's `auth.json`, with credentials. */
export const DockerConfig = z.looseObject({
  auths: z.record(z.string(), Account).default({}),
  credHelpers: z.record(z.string(), z.string()).default({}),
  credsStore: z.string().optional(),
});
export type DockerConfig = z.infer<typeof DockerConfig>;

/** Docker keeps the credentials of `docker.io` under the address of its first registry. */
const DOCKER_HUB = 'https://index.docker.io/v1/';

/** Names under which a registry's credentials may be kept, the best first. */
function configNames(registry: string): readonly string[] {
  const hub = registry === 'docker.io' ? [DOCKER_HUB, 'index.docker.io'] : [];
  return [...hub, registry, `https://${registry}`, `https://${registry}/`, `http://${registry}`];
}

/** The program (`docker-credential-<name>`) that knows a registry's credentials, and their name there. */
export function helperFor(config: DockerConfig, registry: string): { helper: string; server: string } | undefined {
  const names = configNames(registry);
  const own = names.find((name) => config.credHelpers[name] !== undefined);
  if (own !== undefined) return { helper: config.credHelpers[own] as string, server: own };
  if (config.credsStore === undefined) return undefined;
  const known = names.find((name) => config.auths[name] !== undefined);
  return { helper: config.credsStore, server: known ?? (names[0] as string) };
}

/** The credentials that stand in the file itself. */
export function credentialsIn(config: DockerConfig, registry: string): RegistryCredentials | undefined {
  const account = configNames(registry)
    .map((name) => config.auths[name])
    .find((one) => one !== undefined);
  if (account === undefined) return undefined;
  if (account.identitytoken !== undefined && account.identitytoken !== '') return identity(account.identitytoken);
  const [, username, password] = /^([^:]*):(.*)$/s.exec(decode(account.auth)) ?? [];
  const pair = { username: username ?? account.username ?? '', password: password ?? account.password ?? '' };
  return pair.username === '' ? undefined : { username: pair.username, password: new Secret(pair.password) };
}

const Answer = z.looseObject({ Username: z.string(), Secret: z.string() });

/** What a credential helper printed (docker-credential-helpers, "get"); undefined if it has none for the registry. */
export function readHelperAnswer(text: string): RegistryCredentials | undefined {
  const { Username: username, Secret: secret } = Answer.parse(JSON.parse(text));
  if (username === '<token>') return identity(secret);
  return username === '' ? undefined : { username, password: new Secret(secret) };
}

function identity(token: string): RegistryCredentials {
  return { username: '<token>', password: new Secret(token), isIdentityToken: true };
}

function decode(text: string | undefined): string {
  return Buffer.from(text ?? '', 'base64')
    .toString('utf8')
    .replace(/\0+$/, '');
}
