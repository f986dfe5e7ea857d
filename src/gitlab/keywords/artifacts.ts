import { readDuration } from './duration.ts';
import type { Spot } from '../document/fault-list.ts';
import type { Artifacts } from '../job-plan.ts';
import { get, isMapping, type Mapping } from '../document/mapping.ts';
import {
  readChoice,
  readFlag,
  readList,
  readMapping,
  readName,
  readText,
  readTexts,
  rejectUnknown,
} from '../document/values.ts';

const KEYS = ['paths', 'exclude', 'name', 'untracked', 'when', 'expire_in', 'reports', 'expose_as', 'public', 'access'];

export function readArtifacts(value: unknown, spot: Spot): Artifacts | undefined {
  if (value === undefined) return undefined;
  const mapping = readMapping(value, spot);
  if (mapping === undefined) return undefined;
  rejectUnknown(mapping, KEYS, spot);
  const at = (key: string) => [get(mapping, key), spot.child(key)] as const;
  const name = readName(...at('name'));
  const exposeAs = readText(...at('expose_as'));
  if (exposeAs !== undefined) checkExposed(exposeAs, mapping, spot);
  const access = readAccess(mapping, spot);
  const expireIn = readExpiry(...at('expire_in'));
  return {
    paths: readList(...at('paths')) ?? [],
    exclude: readList(...at('exclude')) ?? [],
    ...(name === undefined ? {} : { name }),
    ...(exposeAs === undefined ? {} : { exposeAs }),
    ...(access === undefined ? {} : { access }),
    untracked: readFlag(...at('untracked')) ?? false,
    when: readChoice(...at('when'), ['on_success', 'on_failure', 'always'] as const) ?? 'on_success',
    ...(expireIn === undefined ? {} : { expireIn }),
    reports: readReports(...at('reports')),
  };
}

function readExpiry(value: unknown, spot: Spot): number | undefined {
  return typeof value === 'string' && value.toLowerCase() === 'never' ? 0 : readDuration(value, spot);
}

/** https://docs.gitlab.com/ci/yaml/#artifactsexpose_as */
function checkExposed(name: string, artifacts: Mapping, spot: Spot): void {
  const paths = get(artifacts, 'paths');
  if (paths === undefined) {
    const place = 'artifacts without `paths`';
    spot.child('expose_as').error('GITLAB_KEYWORD_MISPLACED', { keyword: 'expose_as', place });
  }
  if (!/^\w[\w -]{0,99}$/.test(name))
    spot.child('expose_as').invalid('at most 100 letters, digits, blanks, `-` and `_`', name);
  const pattern = Array.isArray(paths) ? paths.find((path) => String(path).includes('*')) : undefined;
  if (pattern !== undefined) spot.child('paths').invalid('without `*` where there is `expose_as`', pattern);
}

/** `public: false` is the older way to say `access: developer`. https://docs.gitlab.com/ci/yaml/#artifactsaccess */
function readAccess(mapping: Mapping, spot: Spot): Artifacts['access'] {
  const isPublic = readFlag(get(mapping, 'public'), spot.child('public'));
  if (isPublic !== undefined && Object.hasOwn(mapping, 'access')) {
    const place = 'artifacts with `access`';
    spot.child('public').error('GITLAB_KEYWORD_MISPLACED', { keyword: 'public', place });
  }
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
