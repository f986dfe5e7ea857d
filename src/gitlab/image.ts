import type { Spot } from './fault-list.ts';
import type { Image, Service } from './job-plan.ts';
import { get, isMapping } from './mapping.ts';
import { readText, readTexts, warnUnknown } from './values.ts';
import { readVariables } from './variables.ts';

const IMAGE_KEYS = ['name', 'entrypoint', 'pull_policy', 'docker', 'kubernetes'];

export function readImage(value: unknown, spot: Spot): Image | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isMapping(value))
    return typeof value === 'string' ? { name: value } : spot.invalid("an image's name or a mapping", value);
  warnUnknown(value, IMAGE_KEYS, spot);
  const name = readText(get(value, 'name') ?? null, spot.child('name'));
  const entrypoint = readTexts(get(value, 'entrypoint'), spot.child('entrypoint'));
  return name === undefined ? undefined : { name, ...(entrypoint === undefined ? {} : { entrypoint }) };
}

export function readServices(value: unknown, spot: Spot): readonly Service[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) return spot.invalid('a list of services', value);
  return value.map((item, index) => readService(item, spot.child(index))).filter((service) => service !== undefined);
}

function readService(value: unknown, spot: Spot): Service | undefined {
  if (!isMapping(value)) return readImage(value ?? '', spot);
  warnUnknown(value, [...IMAGE_KEYS, 'alias', 'command', 'variables'], spot);
  const { alias, command, variables, ...rest } = value;
  const image = readImage(rest, spot);
  if (image === undefined) return undefined;
  return {
    ...image,
    ...(alias === undefined ? {} : { alias: readText(alias, spot.child('alias')) }),
    ...(command === undefined ? {} : { command: readTexts(command, spot.child('command')) }),
    ...(variables === undefined ? {} : { variables: readVariables(variables, spot.child('variables')) }),
  };
}
