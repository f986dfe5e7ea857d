import type { Lookup } from '../conditions/expression.ts';
import type { Field } from '../document/field.ts';
import { checkMapping, checkName, readChoice, readText } from '../document/values.ts';
import type { DeploymentEnvironment } from '../job-plan.ts';
import { expandVariables } from '../variables/expand-variables.ts';
import { readDuration } from './duration.ts';

const KEYS = ['name', 'url', 'action', 'on_stop', 'auto_stop_in', 'deployment_tier', 'kubernetes'];
const ACTIONS = ['start', 'prepare', 'stop', 'verify', 'access'] as const;
const TIERS = ['production', 'staging', 'testing', 'development', 'other'] as const;
const NAME = /^(?!\/)[\w/${}. -]+(?<!\/)$/;

/** https://docs.gitlab.com/ci/yaml/#environment */
export function readDeploymentEnvironment(field: Field, lookup: Lookup): DeploymentEnvironment | undefined {
  if (field.value === undefined) return undefined;
  if (field.isMapping) checkMapping(field, KEYS);
  if (field.has('kubernetes')) field.at('kubernetes').ignored();
  const nameField = field.isMapping ? field.required('name') : field;
  const environment = {
    url: readText(field.at('url')),
    onStop: readText(field.at('on_stop')),
    autoStopIn: readAutoStop(field.at('auto_stop_in'), lookup),
    deploymentTier: readTier(field.at('deployment_tier'), lookup),
    action: readChoice(field.at('action'), ACTIONS) ?? 'start',
  };
  const name = readName(nameField);
  return name === undefined ? undefined : { name: checkName(expandVariables(name, lookup), nameField), ...environment };
}

/** Reads a tier, perhaps of a variable; one that has no value yet sets nothing. */
function readTier(field: Field, lookup: Lookup): (typeof TIERS)[number] | undefined {
  const { value } = field;
  if (typeof value !== 'string' || !value.includes('$')) return readChoice(field, TIERS);
  const tier = expandVariables(value, lookup);
  return TIERS.find((one) => one === tier);
}

function readName(field: Field): string | undefined {
  const name = readText(field);
  if (name === undefined || NAME.test(name)) return name;
  return field.invalid('made of letters, digits, blanks and `-_/${}.`, with no slash at either end');
}

/** Reads a time, perhaps of a variable; one that has no value yet sets nothing. */
function readAutoStop(field: Field, lookup: Lookup): number | undefined {
  const time = typeof field.value === 'string' ? expandVariables(field.value, lookup) : field.value;
  if (time === 'never' || (typeof time === 'string' && time.includes('$'))) return undefined;
  return readDuration(field.with(time));
}
