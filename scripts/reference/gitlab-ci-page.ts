import { keywordTable, type Keyword } from '../../src/gitlab/index.ts';

const statuses: Readonly<Record<Keyword['status'], string>> = {
  supported: 'supported',
  ignored: 'ignored, with a warning',
  refused: '**refused**',
};

const levels: readonly (readonly [Keyword['level'], string])[] = [
  ['header', 'In the header (`spec`)'],
  ['file', 'In the file'],
  ['job', 'In a job'],
  ['trigger', 'In a job with a trigger'],
];

/** `docs/reference/gitlab-ci.md`: what becomes of each keyword that GitLab documents. */
export function gitlabCiPage(): string {
  return [
    '# GitLab CI keywords',
    '',
    'Made by `npm run generate` from `src/gitlab/keywords/keyword-table.ts`; a test feeds every example to the reader and checks what happens.',
    '[GitLab’s reference](https://docs.gitlab.com/ci/yaml/) explains the keywords, and the cases in `test/conformance/` show their effects.',
    '',
    'Supported: it has its effect on the plan of jobs. Ignored: a warning has its position, and the pipeline runs. Refused: the pipeline is not',
    'created, as leaving the keyword out would change what a job means; in a job that its rules leave out it does not matter. Keywords that',
    'GitLab does not know are ignored with a warning.',
    ...levels.flatMap(([level, title]) => section(level, title)),
    '',
  ].join('\n');
}

function section(level: Keyword['level'], title: string): readonly string[] {
  const rows = keywordTable
    .filter((keyword) => keyword.level === level)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(
      ({ name, status, example, note = '' }) => `| \`${name}\` | ${statuses[status]} | ${code(example)} | ${note} |`,
    );
  return ['', `## ${title}`, '', '| keyword | here | for example | note |', '| --- | --- | --- | --- |', ...rows];
}

function code(example: string): string {
  return example
    .replaceAll('|', '\\|')
    .split('\n')
    .map((line) => `\`${line}\``)
    .join('<br>');
}
