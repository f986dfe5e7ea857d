import type { Spot } from '../document/fault-list.ts';
import type { ContainerImage, Service } from '../job-plan.ts';
import { get, isMapping, type Mapping } from '../document/mapping.ts';
import { checkName, readList, readMapping, readName, readText, readTexts, rejectUnknown } from '../document/values.ts';
import { readVariables } from '../variables/variables.ts';

const IMAGE_KEYS = ['name', 'entrypoint', 'pull_policy', 'docker', 'kubernetes'];
const PULL_POLICIES = ['always', 'if-not-present', 'never'];

/** https://docs.gitlab.com/ci/yaml/#image */
export function readContainerImage(value: unknown, spot: Spot): ContainerImage | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isMapping(value))
    return typeof value === 'string' && value !== ''
      ? { name: checkName(value, spot) }
      : spot.invalid("an image's name or a mapping", value);
  rejectUnknown(value, IMAGE_KEYS, spot);
  const name = readName(get(value, 'name') ?? null, spot.child('name'));
  const entrypoint = readList(get(value, 'entrypoint'), spot.child('entrypoint'));
  const options = readOptions(value, spot);
  if (name === undefined) return undefined;
  return { name, ...(entrypoint === undefined ? {} : { entrypoint }), ...options };
}

function readOptions(image: Mapping, spot: Spot): Pick<ContainerImage, 'pullPolicy' | 'docker'> {
  const pullPolicy = readTexts(get(image, 'pull_policy'), spot.child('pull_policy'));
  for (const policy of pullPolicy ?? []) {
    if (!PULL_POLICIES.includes(policy))
      spot.child('pull_policy').invalid(`one or more of ${PULL_POLICIES.join(', ')}`, policy);
  }
  if (Object.hasOwn(image, 'kubernetes'))
    spot.child('kubernetes').warn('GITLAB_KEYWORD_IGNORED', { keyword: spot.child('kubernetes').key });
  const docker = readDocker(get(image, 'docker'), spot.child('docker'));
  return { ...(pullPolicy === undefined ? {} : { pullPolicy }), ...(docker === undefined ? {} : { docker }) };
}

function readDocker(value: unknown, spot: Spot): ContainerImage['docker'] {
  if (value === undefined) return undefined;
  const mapping = readMapping(value, spot) ?? {};
  rejectUnknown(mapping, ['platform', 'user'], spot);
  const platform = readText(get(mapping, 'platform'), spot.child('platform'));
  const user = readText(get(mapping, 'user'), spot.child('user'));
  return { ...(platform === undefined ? {} : { platform }), ...(user === undefined ? {} : { user }) };
}

/** https://docs.gitlab.com/ci/yaml/#services */
export function readServices(value: unknown, spot: Spot): readonly Service[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) return spot.invalid('a list of services', value);
  return value.map((item, index) => readService(item, spot.child(index))).filter((service) => service !== undefined);
}

function readService(value: unknown, spot: Spot): Service | undefined {
  if (!isMapping(value)) return readContainerImage(value ?? '', spot);
  rejectUnknown(value, [...IMAGE_KEYS, 'alias', 'command', 'variables'], spot);
  const { alias, command, variables, ...rest } = value;
  const image = readContainerImage(rest, spot);
  if (image === undefined) return undefined;
  return {
    ...image,
    ...(alias === undefined ? {} : { alias: readName(alias, spot.child('alias')) }),
    ...(command === undefined ? {} : { command: readList(command, spot.child('command')) }),
    ...(variables === undefined ? {} : { variables: readVariables(variables, spot.child('variables')) }),
  };
}
