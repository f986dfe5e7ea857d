import type { Field } from '../document/field.ts';
import { checkMapping, checkName, readList, readName, readText, readTexts } from '../document/values.ts';
import type { ContainerImage, Service } from '../job-plan.ts';
import { readVariables } from '../variables/variables.ts';

const IMAGE_KEYS = ['name', 'entrypoint', 'pull_policy', 'docker', 'kubernetes'];
const PULL_POLICIES = ['always', 'if-not-present', 'never'];

/** https://docs.gitlab.com/ci/yaml/#image */
export function readContainerImage(field: Field): ContainerImage | undefined {
  return field.isEmpty ? undefined : readImage(field, IMAGE_KEYS);
}

function readImage(field: Field, keys: readonly string[]): ContainerImage | undefined {
  const { value } = field;
  if (!field.isMapping)
    return typeof value === 'string' && value !== ''
      ? { name: checkName(value, field) }
      : field.invalid("an image's name or a mapping");
  checkMapping(field, keys);
  const name = readName(field.required('name'));
  const options = {
    entrypoint: readList(field.at('entrypoint')),
    pullPolicy: readPullPolicy(field.at('pull_policy')),
    docker: readDocker(field.at('docker')),
  };
  if (field.has('kubernetes')) field.at('kubernetes').ignored();
  return name === undefined ? undefined : { name, ...options };
}

function readPullPolicy(field: Field): ContainerImage['pullPolicy'] {
  const policies = readTexts(field);
  const unknown = policies?.find((policy) => !PULL_POLICIES.includes(policy));
  if (unknown !== undefined) field.invalid(`one or more of ${PULL_POLICIES.join(', ')}`, unknown);
  return policies;
}

function readDocker(field: Field): ContainerImage['docker'] {
  if (field.value === undefined) return undefined;
  checkMapping(field, ['platform', 'user']);
  return { platform: readText(field.at('platform')), user: readText(field.at('user')) };
}

/** https://docs.gitlab.com/ci/yaml/#services */
export function readServices(field: Field): readonly Service[] | undefined {
  if (field.isEmpty) return undefined;
  if (!Array.isArray(field.value)) return field.invalid('a list of services');
  return field
    .items()
    .map(readService)
    .filter((service) => service !== undefined);
}

function readService(field: Field): Service | undefined {
  const image = readImage(field, [...IMAGE_KEYS, 'alias', 'command', 'variables']);
  if (image === undefined || !field.isMapping) return image;
  return {
    ...image,
    alias: readName(field.at('alias')),
    command: readList(field.at('command')),
    variables: field.has('variables') ? readVariables(field.at('variables')) : undefined,
  };
}
