import { threats } from '../../test/attack/attack.ts';
import { changeAttacks } from '../../test/attack/change-attacks.ts';
import { includeAttacks } from '../../test/attack/include-attacks.ts';
import { commandAttacks } from '../../test/attack/command-attacks.ts';
import { jobAttacks } from '../../test/attack/job-attacks.ts';

const [BEGIN, END] = ['<!-- attacks: begin -->', '<!-- attacks: end -->'];

/** Writes the table of the attacks that `npm run test:attack` attempts into the page on security. */
export function writeAttackTable(page: string): string {
  const rows = [
    ...jobAttacks.map((attack) => ({ ...attack, by: attack.needsToken === true ? 'a job' : 'a job, a smoke test' })),
    ...changeAttacks.map((attack) => ({ ...attack, by: 'a pull request' })),
    ...includeAttacks.map((attack) => ({ ...attack, by: 'an included text' })),
    ...commandAttacks.map((attack) => ({ ...attack, by: 'a comment' })),
  ];
  const number = (threat: string) => Number(threat.slice(1));
  const sorted = rows.toSorted((one, other) => number(one.threat) - number(other.threat));
  const lines = sorted.map(
    ({ threat, by, what, protection }) => `| ${threat}: ${threats[threat]} | ${by} | ${what} | ${protection} |`,
  );
  const table = ['| threat | by | attempt | prevented by |', '| --- | --- | --- | --- |', ...lines].join('\n');
  const [before = '', after = ''] = page.split(new RegExp(`${BEGIN}[^]*${END}`));
  return `${before}${BEGIN}\n\n${table}\n\n${END}${after}`;
}
