import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Secret, attemptProgram, hasCode, messageOf } from '../kit/index.ts';
import { DockerConfig, credentialsIn, helperFor, readHelperAnswer } from './docker-config.ts';
import { ociError } from './errors.ts';
import type { RegistryCredentials } from './registry-auth.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Credentials for a registry as a person has them: `SLIPWAY_REGISTRY_USERNAME` and `SLIPWAY_REGISTRY_PASSWORD`, else
 * what `docker login`, `podman login` or a credential helper keeps. Undefined without a login.
 */
export async function registryCredentials(
  registry: string,
  env: Environment,
): Promise<RegistryCredentials | undefined> {
  const { SLIPWAY_REGISTRY_USERNAME: username, SLIPWAY_REGISTRY_PASSWORD: password } = env;
  if (username !== undefined && password !== undefined) return { username, password: new Secret(password) };
  return keptCredentials(registry, env);
}

/** What `docker login`, `podman login` or a credential helper keeps for this very registry. */
export async function keptCredentials(registry: string, env: Environment): Promise<RegistryCredentials | undefined> {
  for (const file of configFiles(env)) {
    const config = await readConfig(file, registry);
    if (config === undefined) continue;
    const helper = helperFor(config, registry);
    const answer = helper && (await runHelper(helper, { registry, env }));
    const found = answer ?? credentialsIn(config, registry);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** In the order in which containers/image looks, and then Docker's. */
function configFiles(env: Environment): readonly string[] {
  const { REGISTRY_AUTH_FILE, XDG_RUNTIME_DIR, XDG_CONFIG_HOME, DOCKER_CONFIG, HOME } = env;
  const config = XDG_CONFIG_HOME ?? (HOME === undefined ? undefined : join(HOME, '.config'));
  const docker = DOCKER_CONFIG ?? (HOME === undefined ? undefined : join(HOME, '.docker'));
  return [
    REGISTRY_AUTH_FILE,
    XDG_RUNTIME_DIR && join(XDG_RUNTIME_DIR, 'containers/auth.json'),
    config && join(config, 'containers/auth.json'),
    docker && join(docker, 'config.json'),
  ].filter((file): file is string => file !== undefined && file !== '');
}

async function readConfig(file: string, registry: string): Promise<DockerConfig | undefined> {
  try {
    return DockerConfig.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    const reason = error instanceof SyntaxError ? 'it is not JSON' : messageOf(error);
    throw ociError('REGISTRY_CREDENTIALS_BROKEN', { registry, source: file, reason }, { cause: error });
  }
}

/** docker-credential-helpers, "get": the registry on stdin, JSON on stdout; a failure means that there are none. */
async function runHelper(
  { helper, server }: { helper: string; server: string },
  { registry, env }: { registry: string; env: Environment },
): Promise<RegistryCredentials | undefined> {
  const source = `docker-credential-${helper}`;
  const broken = (reason: string) => ociError('REGISTRY_CREDENTIALS_BROKEN', { registry, source, reason });
  if (!/^[\w.-]+$/.test(helper)) throw broken('that is no name of a program');
  const { isSuccess, text } = await attemptProgram(source, ['get'], { env, input: server }).catch((error: unknown) => {
    throw broken(messageOf(error));
  });
  if (!isSuccess) return undefined;
  try {
    return readHelperAnswer(text);
  } catch {
    throw broken('what it printed is no answer');
  }
}
