import type { Field } from '../document/field.ts';
import { checkMapping, readChoice, readFlag, readList, readName, readText, readTexts } from '../document/values.ts';
import type { Artifacts } from '../job-plan.ts';
import { readDuration } from './duration.ts';

const KEYS = ['paths', 'exclude', 'name', 'untracked', 'when', 'expire_in', 'reports', 'expose_as', 'public', 'access'];

/** When artifacts or caches are uploaded. */
export const UPLOAD_TIMES = ['on_success', 'on_failure', 'always'] as const;

export function readArtifacts(field: Field): Artifacts | undefined {
  if (!checkMapping(field, KEYS)) return undefined;
  return {
    paths: readList(field.at('paths')) ?? [],
    exclude: readList(field.at('exclude')) ?? [],
    name: readName(field.at('name')),
    exposeAs: readExposed(field),
    access: readAccess(field),
    untracked: readFlag(field.at('untracked')) ?? false,
    when: readChoice(field.at('when'), UPLOAD_TIMES) ?? 'on_success',
    expireIn: readExpiry(field.at('expire_in')),
    reports: readReports(field.at('reports')),
  };
}

function readExpiry(field: Field): number | undefined {
  return String(field.value).toLowerCase() === 'never' ? 0 : readDuration(field);
}

/** https://docs.gitlab.com/ci/yaml/#artifactsexpose_as */
function readExposed(artifacts: Field): string | undefined {
  const field = artifacts.at('expose_as');
  const name = readText(field);
  if (name === undefined) return undefined;
  const { value: paths } = artifacts.at('paths');
  if (paths === undefined) field.misplaced('artifacts without `paths`');
  if (!/^\w[\w -]{0,99}$/.test(name)) field.invalid('at most 100 letters, digits, blanks, `-` and `_`');
  const pattern = Array.isArray(paths) ? paths.find((path) => String(path).includes('*')) : undefined;
  if (pattern !== undefined) artifacts.at('paths').invalid('without `*` where there is `expose_as`', pattern);
  return name;
}

/** `public: false` is the older form of `access: developer`. https://docs.gitlab.com/ci/yaml/#artifactsaccess */
function readAccess(artifacts: Field): Artifacts['access'] {
  const field = artifacts.at('public');
  const isPublic = readFlag(field);
  if (isPublic !== undefined && artifacts.has('access')) field.misplaced('artifacts with `access`');
  const access = readChoice(artifacts.at('access'), ['all', 'developer', 'maintainer', 'none'] as const);
  return access ?? (isPublic === false ? 'developer' : undefined);
}

function readReports(field: Field): Artifacts['reports'] {
  if (field.value !== undefined) checkMapping(field);
  for (const key of Object.keys(field.mapping)) if (key !== 'dotenv' && key !== 'junit') field.at(key).ignored();
  return { dotenv: readTexts(field.at('dotenv')), junit: readTexts(field.at('junit')) };
}
