import { stepEnvironment } from '../../../src/builder/recipes/step-environment.ts';

/** Meanings of the variables that the steps of a recipe have. */
const meanings: Readonly<Record<string, string>> = {
  NAME: 'Name of the package',
  VERSION: 'Version of the package',
  SOURCE_DIR: 'Folder with the unpacked sources; the steps start there',
  PREFIX: 'Folder to install into; the same in the image',
  'DEP_<NAME>':
    'Prefix of the dependency `<name>`, in capital letters and with `_` for `-`: `stack-cc` is `DEP_STACK_CC`',
  JOBS: 'Number of parallel jobs, for programs other than `make`',
  MAKEFLAGS:
    'Options of `make`: as many parallel jobs as `JOBS`, or as the jobserver of the runner allows. `env` of a recipe overrides it',
  CC: 'C compiler',
  CXX: 'C++ compiler',
  PATH: 'Folders `bin` of direct build dependencies, then the `PATH` of the job',
  HOME: 'An empty folder',
  TMPDIR: 'A folder for temporary files, removed afterwards',
  LANG: 'Language',
  LC_ALL: 'Language',
  TZ: 'Time zone',
  SOURCE_DATE_EPOCH: 'Time that tools write into files, for builds that can be repeated',
};

/** Values that are the same for every package. */
const fixed = new Set(['CC', 'CXX', 'LANG', 'LC_ALL', 'TZ', 'SOURCE_DATE_EPOCH']);

/** Returns the rows of the variables that the embedded builder sets, from the function that sets them. */
export function recipeVariableRows(): readonly string[] {
  const dependency = { name: '<NAME>', version: '1', hash: 'b'.repeat(32), parameters: {}, arch: '' } as never;
  const node = { name: 'hello', version: '1.0', hash: 'a'.repeat(32), dependencies: [], parameters: {} } as never;
  const options = { node, scratch: '/scratch', sourceFolder: '/source', jobs: 8, path: '/usr/bin', extra: {} };
  const variables = Object.entries(stepEnvironment({ ...options, dependencies: [dependency] }));
  const names = variables.map(([name]) => name);
  const unknown = [
    ...names.filter((name) => !(name in meanings)),
    ...Object.keys(meanings).filter((name) => !names.includes(name)),
  ];
  if (unknown.length > 0)
    throw new Error(`Variables of recipes without a meaning, or meanings without one: ${unknown.join(', ')}`);
  const values = new Map(variables);
  return Object.entries(meanings).map(
    ([name, meaning]) => `| \`${name}\` | ${meaning} | ${fixed.has(name) ? `\`${values.get(name)}\`` : ''} |`,
  );
}
