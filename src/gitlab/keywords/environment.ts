import { readDuration } from './duration.ts';
import { expandVariables } from '../variables/expand-variables.ts';
import type { Lookup } from '../conditions/expression.ts';
import type { Spot } from '../document/fault-list.ts';
import type { DeploymentEnvironment } from '../job-plan.ts';
import { get, isMapping } from '../document/mapping.ts';
import { checkName, readChoice, readText, rejectUnknown } from '../document/values.ts';

const KEYS = ['name', 'url', 'action', 'on_stop', 'auto_stop_in', 'deployment_tier', 'kubernetes'];
const ACTIONS = ['start', 'prepare', 'stop', 'verify', 'access'] as const;
const TIERS = ['production', 'staging', 'testing', 'development', 'other'] as const;
const NAME = /^(?!\/)[\w/${}. -]+(?<!\/)$/;

/** https://docs.gitlab.com/ci/yaml/#environment */
export function readDeploymentEnvironment(
  value: unknown,
  spot: Spot,
  lookup: Lookup,
): DeploymentEnvironment | undefined {
  if (value === undefined) return undefined;
  const mapping = isMapping(value) ? value : { name: value };
  const nameSpot = isMapping(value) ? spot.child('name') : spot;
  rejectUnknown(mapping, KEYS, spot);
  if (Object.hasOwn(mapping, 'kubernetes'))
    spot.child('kubernetes').warn('GITLAB_KEYWORD_IGNORED', { keyword: 'environment:kubernetes' });
  const at = (key: string) => [get(mapping, key), spot.child(key)] as const;
  const name = readName(get(mapping, 'name') ?? null, nameSpot);
  const url = readText(...at('url'));
  const onStop = readText(...at('on_stop'));
  const autoStopIn = readAutoStop(...at('auto_stop_in'), lookup);
  const deploymentTier = readTier(...at('deployment_tier'), lookup);
  if (name === undefined) return undefined;
  return {
    name: checkName(expandVariables(name, lookup), nameSpot),
    action: readChoice(...at('action'), ACTIONS) ?? 'start',
    ...(url === undefined ? {} : { url }),
    ...(onStop === undefined ? {} : { onStop }),
    ...(autoStopIn === undefined ? {} : { autoStopIn }),
    ...(deploymentTier === undefined ? {} : { deploymentTier }),
  };
}

/** May be a variable's value; one that is not known now says nothing yet. */
function readTier(value: unknown, spot: Spot, lookup: Lookup): (typeof TIERS)[number] | undefined {
  if (typeof value !== 'string' || !value.includes('$')) return readChoice(value, spot, TIERS);
  const tier = expandVariables(value, lookup);
  return TIERS.find((one) => one === tier);
}

function readName(value: unknown, spot: Spot): string | undefined {
  const name = readText(value, spot);
  if (name === undefined || NAME.test(name)) return name;
  return spot.invalid('made of letters, digits, blanks and `-_/${}.`, with no slash at either end', name);
}

/** May hold a variable; one that is not known now says nothing yet. */
function readAutoStop(value: unknown, spot: Spot, lookup: Lookup): number | undefined {
  const time = typeof value === 'string' ? expandVariables(value, lookup) : value;
  if (time === 'never' || (typeof time === 'string' && time.includes('$'))) return undefined;
  return readDuration(time, spot);
}
