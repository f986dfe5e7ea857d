import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { findPart } from './part.ts';

/** What CDash's own schemas find in documents; each document in a file of its own. */
export type CdashValidator = (documents: readonly string[]) => Promise<readonly string[]>;

/**
 * Validates documents by the schemas of a checkout of CDash, which `SLIPWAY_TEST_CDASH` names, as CDash does
 * (`submission:validate`). Without the checkout or `xmllint`, says what is skipped and returns undefined.
 */
export function cdashValidator(environment: NodeJS.ProcessEnv = process.env): CdashValidator | undefined {
  const checkout = environment.SLIPWAY_TEST_CDASH ?? '';
  const schemas = join(checkout, 'app/Validators/Schemas');
  const xmllint = findPart('xmllint');
  const isThere = checkout !== '' && existsSync(schemas);
  if (!isThere) process.stderr.write('skipped: SLIPWAY_TEST_CDASH names no checkout of CDash with its schemas\n');
  if (!isThere || xmllint === undefined) return undefined;
  return async (documents) => {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-cdash-'));
    try {
      const faults = await Promise.all(
        documents.map(async (xml, index) => {
          const file = join(folder, `${index}.xml`);
          await writeFile(file, xml);
          const schema = join(schemas, `${schemaOf(xml)}.xsd`);
          const { all, exitCode } = await execa(xmllint, ['--noout', '--schema', schema, file], {
            all: true,
            reject: false,
          });
          return exitCode === 0 ? [] : faultsIn(all);
        }),
      );
      return faults.flat();
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
}

/** CDash chooses the schema by the first elements of a document. */
function schemaOf(xml: string): string {
  const [part = ''] = /<(?:Update|Done|Configure|Build|Testing)[ />]/.exec(xml) ?? [];
  const name = part.slice(1, -1);
  return name === 'Testing' ? 'Test' : name;
}

/** `Element 'Warning': Missing child element(s). …`, without file and line. */
function faultsIn(output: string): readonly string[] {
  const lines = output.split('\n').filter((line) => !/(?:fails to validate|^\s*)$/.test(line));
  return lines.map((line) => line.replace(/^.*?: (?:element \w+: )?(?:Schemas validity error : )?/, '').trim());
}
