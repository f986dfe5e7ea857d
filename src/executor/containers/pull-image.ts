import type { ProcessVariables } from '../../kit/index.ts';
import { runnerError } from '../errors.ts';
import type { ContainerClient } from './container-client.ts';
import { imageFacts, type ImageFacts } from './image-facts.ts';

/** https://docs.gitlab.com/ci/yaml/#imagepull_policy */
export type PullPolicy = 'always' | 'if-not-present' | 'never';

interface WantedImage {
  readonly name: string;
  readonly platform?: string | null;
  /** What the job asks for; the first that succeeds counts. */
  readonly policies: readonly string[];
}

interface PullOptions {
  readonly client: ContainerClient;
  /** Policies that jobs may name; the first is the default. */
  readonly allowed: readonly PullPolicy[];
  /** File of registry credentials for podman, a folder with it for docker; without it those of the user. */
  readonly credentials?: string;
  /** Variables by which the runtime finds a proxy. */
  readonly variables?: ProcessVariables;
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Brings an image to this machine by the policies of the job, and returns what it says about itself. */
export async function pullImage(wanted: WantedImage, options: PullOptions): Promise<ImageFacts> {
  const { client, allowed, print } = options;
  const { name } = wanted;
  if (!/^[\w.[][^\s]*$/.test(name)) throw unavailable(name, 'it is not the name of an image');
  const policies = wanted.policies.length === 0 ? allowed.slice(0, 1) : wanted.policies;
  const reasons: string[] = [];
  for (const policy of policies) {
    if (!allowed.some((one) => one === policy)) {
      reasons.push(`the runner does not allow the pull policy \`${policy}\`, only ${allowed.join(', ')}`);
      continue;
    }
    const present = policy === 'always' ? undefined : await imageFacts(client, name);
    if (present !== undefined) return present;
    if (policy === 'never') reasons.push('it is not on this machine, and the pull policy is `never`');
    else {
      print(`Pulling image ${name} ...`);
      const fault = await pull(wanted, options);
      const pulled = fault === undefined ? await imageFacts(client, name) : undefined;
      if (pulled !== undefined) return pulled;
      reasons.push(fault ?? 'it cannot be read after it was pulled');
    }
  }
  throw unavailable(name, reasons.join('; '));
}

async function pull(
  { name, platform }: WantedImage,
  { client, credentials, variables, signal }: PullOptions,
): Promise<string | undefined> {
  const isDocker = client.runtime.program === 'docker';
  const words = [
    ...(credentials !== undefined && isDocker ? ['--config', credentials] : []),
    'pull',
    ...(credentials !== undefined && !isDocker ? ['--authfile', credentials] : []),
    ...(!platform ? [] : ['--platform', platform]),
    name,
  ];
  const result = await client.attempt(words, { timeout: 0, signal, variables });
  return result.isSuccess ? undefined : result.reason;
}

function unavailable(image: string, reason: string) {
  return runnerError('RUNNER_IMAGE_UNAVAILABLE', { image, reason });
}
