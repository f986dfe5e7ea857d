/**
 * `SLIPWAY_REAL_PIPELINES=FOLDER npx tsx scripts/real-pipelines.ts [NAME]`: plans the pipelines of the projects that
 * `real-pipelines/projects.ts` lists, from checkouts in the folder, and writes `docs/reference/real-pipelines.md`. With a
 * name: only the projects whose name contains it, without writing the page. Exits with 1 if a file is refused.
 */
import { join } from 'node:path';
import { Checkout } from './real-pipelines/checkout.ts';
import { IncludeServer } from './real-pipelines/include-server.ts';
import { EVENTS, planProject } from './real-pipelines/plan-project.ts';
import { projects } from './real-pipelines/projects.ts';
import { writePage, type Row } from './real-pipelines/table.ts';

const folder = process.env['SLIPWAY_REAL_PIPELINES'];
if (folder === undefined) throw new Error('Set SLIPWAY_REAL_PIPELINES to a folder of checkouts.');
const only = process.argv[2];
const rows: Row[] = [];
let hasErrors = false;
for (const project of projects.filter(({ name }) => only === undefined || name.includes(only))) {
  const { name, files } = project;
  const checkout = Checkout.find(folder, name);
  if (checkout === undefined) {
    console.log(`skipped: ${name}, no checkout in the folder`);
    continue;
  }
  for (const file of files) {
    const includes = new IncludeServer((source) => Checkout.find(folder, source));
    const planned = await Promise.all(EVENTS.map((event) => planProject({ project, checkout, file, includes }, event)));
    rows.push({ name, file, planned, served: includes.served });
    const errors = new Set(planned.flatMap((one) => one?.errors ?? []));
    hasErrors ||= errors.size > 0;
    console.log(`${name} ${file}: ${planned.map((one) => `${one?.jobs}+${one?.children}`).join(' ')}`);
    for (const error of errors) console.log(`  ${error}`);
  }
}
if (only === undefined) await writePage(join(import.meta.dirname, '../docs/reference/real-pipelines.md'), rows);
process.exitCode = hasErrors ? 1 : 0;
