import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Recipe } from '../../src/builder/recipes/recipe.ts';
import { NotaryConfiguration } from '../../src/server/notary/configuration.ts';
import { ServerConfiguration } from '../../src/coordinator/configuration/server-configuration.ts';
import { StackPolicy } from '../../src/coordinator/changes/stack-policy.ts';
import { writeAttackTable } from './attack-table.ts';
import { SlurmSettings } from '../../src/slurm/index.ts';
import { commandsPage } from './commands-page.ts';
import { configurationPage } from './configuration-page.ts';
import { environmentPage } from './environment/environment-page.ts';
import { errorsPage } from './errors-page.ts';
import { gitlabCiPage } from './gitlab-ci-page.ts';
import { writeImportColumn } from './import-column.ts';
import { jsonPage, jsonSchemas } from './json-page.ts';
import { restPage } from './rest-page.ts';

export const root: string = fileURLToPath(new URL('../..', import.meta.url));

/** Every page that is made from the code: its path from the root, and what it should hold. */
export async function referencePages(): Promise<ReadonlyMap<string, string>> {
  const architecture = 'docs/architecture.md';
  const security = 'docs/security.md';
  return new Map([
    [architecture, writeImportColumn(await readFile(join(root, architecture), 'utf8'))],
    [security, writeAttackTable(await readFile(join(root, security), 'utf8'))],
    ['docs/reference/commands.md', await commandsPage()],
    ['docs/reference/configuration.md', configurationPage(configuredFiles)],
    ['docs/reference/environment.md', environmentPage(root)],
    ['docs/reference/errors.md', await errorsPage(root)],
    ['docs/reference/gitlab-ci.md', gitlabCiPage()],
    ['docs/reference/json-output.md', jsonPage()],
    ['docs/reference/json-output.schema.json', jsonSchemas()],
    ['docs/reference/rest.md', restPage()],
  ]);
}

const configuredFiles = [
  {
    name: 'slipway.server.yaml',
    purpose:
      'The configuration of the server. Flags take precedence over `SLIPWAY_*` variables, and these over the file.',
    schema: ServerConfiguration,
  },
  {
    name: 'slipway.notary.yaml',
    purpose:
      'The configuration of a notary on a host of its own (`slipway notary`). The notary that `slipway serve` starts ' +
      'needs none.',
    schema: NotaryConfiguration,
  },
  {
    name: 'slurm.yaml',
    purpose: 'The settings of `slipway slurm`, the driver for the custom executor of gitlab-runner.',
    schema: SlurmSettings,
  },
  {
    name: 'slipway.yaml',
    purpose: 'The part of a stack’s repository that only Slipway reads. It is optional.',
    schema: StackPolicy,
  },
  {
    name: 'recipes/<name>.yaml',
    purpose: 'How the embedded builder builds one package.',
    schema: Recipe,
  },
] as const;
