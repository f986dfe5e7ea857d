import { readDuration } from './duration.ts';
import type { Spot } from './fault-list.ts';
import type { Artifacts } from './job-plan.ts';
import { get, isMapping } from './mapping.ts';
import type { Mapping } from './mapping.ts';
import { readChoice, readFlag, readMapping, readText, readTexts, warnUnknown } from './values.ts';

const KEYS = ['paths', 'exclude', 'name', 'untracked', 'when', 'expire_in', 'reports', 'expose_as', 'public', 'access'];

export function readArtifacts(value: unknown, spot: Spot): Artifacts | undefined {
  if (value === undefined) return undefined;
  const mapping = readMapping(value, spot);
  if (mapping === undefined) return undefined;
  warnUnknown(mapping, KEYS, spot);
  const at = (key: string) => [get(mapping, key), spot.child(key)] as const;
  const name = readText(...at('name'));
  const exposeAs = readText(...at('expose_as'));
  if (exposeAs !== undefined && !Object.hasOwn(mapping, 'paths'))
    spot
      .child('expose_as')
      .error('GITLAB_KEYWORD_MISPLACED', { keyword: 'expose_as', place: 'artifacts without `paths`' });
  const access = readAccess(mapping, spot);
  const expireIn = get(mapping, 'expire_in') === 'never' ? 0 : readDuration(...at('expire_in'));
  return {
    paths: readTexts(...at('paths')) ?? [],
    exclude: readTexts(...at('exclude')) ?? [],
    ...(name === undefined ? {} : { name }),
    ...(exposeAs === undefined ? {} : { exposeAs }),
    ...(access === undefined ? {} : { access }),
    untracked: readFlag(...at('untracked')) ?? false,
    when: readChoice(...at('when'), ['on_success', 'on_failure', 'always'] as const) ?? 'on_success',
    ...(expireIn === undefined ? {} : { expireIn }),
    reports: readReports(...at('reports')),
  };
}

/** `public: false` is the older way to say `access: developer`. https://docs.gitlab.com/ci/yaml/#artifactsaccess */
function readAccess(mapping: Mapping, spot: Spot): Artifacts['access'] {
  const isPublic = readFlag(get(mapping, 'public'), spot.child('public'));
  const choices = ['all', 'developer', 'maintainer', 'none'] as const;
  const access = readChoice(get(mapping, 'access'), spot.child('access'), choices);
  return access ?? (isPublic === false ? 'developer' : undefined);
}

function readReports(value: unknown, spot: Spot): Artifacts['reports'] {
  if (value === undefined) return {};
  const reports: Mapping = isMapping(value) ? value : (spot.invalid('a mapping', value) ?? {});
  for (const key of Object.keys(reports)) {
    if (key !== 'dotenv' && key !== 'junit')
      spot.child(key).warn('GITLAB_KEYWORD_IGNORED', { keyword: `artifacts:reports:${key}` });
  }
  const dotenv = readTexts(get(reports, 'dotenv'), spot.child('dotenv'));
  const junit = readTexts(get(reports, 'junit'), spot.child('junit'));
  return { ...(dotenv === undefined ? {} : { dotenv }), ...(junit === undefined ? {} : { junit }) };
}
