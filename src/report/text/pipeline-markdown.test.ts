import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { reportedChange, reportedFailure } from '../../../test/support/reported-pipeline.ts';
import { failureReport } from '../failure/failure-report.ts';
import { failureIn } from '../failure/failure-scan.ts';
import { MARKDOWN_LENGTH, code, codeBlock, codeCell } from './markdown.ts';
import { pipelineMarkdown } from './pipeline-markdown.ts';

const baseUrl = 'https://ci.example';

/** What a forge would read as Markdown: without fenced blocks and spans of code (CommonMark 0.31, 4.5 and 6.1). */
function outsideCode(markdown: string): string {
  const kept: string[] = [];
  let fence: string | undefined;
  for (const line of markdown.split('\n')) {
    const run = /^ {0,3}(`{3,})/.exec(line)?.[1];
    if (fence !== undefined) {
      if (run !== undefined && run.length >= fence.length && line.trim() === run) fence = undefined;
    } else if (run !== undefined && !line.trim().slice(run.length).includes('`')) fence = run;
    else kept.push(line);
  }
  expect(fence, 'an open fence').toBeUndefined();
  return kept.map(withoutSpans).join('\n');
}

function withoutSpans(line: string): string {
  const runs = [...line.matchAll(/`+/g)];
  let [text, at] = ['', 0];
  for (let index = 0; index < runs.length; index += 1) {
    const open = runs[index]!;
    const close = runs.findIndex((run, other) => other > index && run[0].length === open[0].length);
    if (close < 0) continue;
    text += `${line.slice(at, open.index)}CODE`;
    at = runs[close]!.index + open[0].length;
    index = close;
  }
  return text + line.slice(at);
}

/** Pieces that mean something to a forge. Each text has a Q, which no word of ours has. */
const pieces = [
  '`',
  '``',
  '```',
  '\n',
  '\n\n',
  '\r',
  '|',
  '\\',
  '\\|',
  '@Qoctocat',
  '#Q1',
  'https://Qevil.example',
  '[Q](https://Q)',
  '<img src=Q>',
  '</details>Q',
  '<!-- Q',
  '![Q](Q)',
  '**Q**',
  '~~~',
  '    ',
  '\t',
  '\u202E',
  '\u200B',
  '\u0000',
  '\u001B[31m',
  '- Q',
  '> Q',
  '# Q',
  '$$Q$$',
  ':Q:',
  '/Qclose',
  '&#64;',
  '\uD800',
  'é',
  '日本',
];
const hostile = fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 8 }).map((some) => `Q${some.join('')}`);

describe('pipelineMarkdown', () => {
  test('whatever names, reasons and logs contain stays in code', () => {
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 1, maxLength: 9 }), (names) => {
        const markdown = pipelineMarkdown(
          { change: reportedChange(names), failure: reportedFailure(names) },
          { baseUrl },
        );
        const rest = outsideCode(markdown);
        expect(rest).not.toContain('Q');
        const links = [...rest.matchAll(/\]\(([^)]*)\)/g)].map(([, url]) => url);
        expect(
          links.every((url) => /^https:\/\/ci\.example\/(?:jobs|pipelines|images)\/\d+(?:#L\d+)?$/.test(url ?? '')),
        ).toBe(true);
        expect(rest.replaceAll(/\]\([^)]*\)/g, ']')).not.toMatch(/[@#\\~$]|&#/);
        expect(rest.replaceAll(/<\/?(?:details|summary)>/g, '')).not.toMatch(/[<>]/);
        expect(['\0', '\u200B', '\u202E', '\u001B'].filter((one) => markdown.includes(one))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test('rows of tables have as many cells as their heads', () => {
    fc.assert(
      fc.property(hostile, (name) => {
        const row = pipelineMarkdown({ change: reportedChange([name]) }, { baseUrl })
          .split('\n')
          .find((line) => line.startsWith('| `'));
        expect(row?.match(/\|/g)).toHaveLength(4);
      }),
    );
  });

  test('a change of 1,500 packages with 1,500 failures fits, and says what is left out', () => {
    const names = Array.from({ length: 1500 }, (_, index) => `package-${index}-${'x'.repeat(80)}`);
    const reports = { change: reportedChange(names), failure: reportedFailure(names) };
    for (const limit of [MARKDOWN_LENGTH, 5000, 500, 100]) {
      const markdown = pipelineMarkdown(reports, { baseUrl, page: 'pipelines/1', limit });
      expect(markdown.length).toBeLessThanOrEqual(limit);
      expect(markdown).toContain(`[all of it](${baseUrl}/pipelines/1)`);
      outsideCode(markdown);
    }
  });

  test('300 packages are shown whole', () => {
    const names = Array.from({ length: 300 }, (_, index) => `package-${index}`);
    const markdown = pipelineMarkdown({ change: reportedChange(names) }, { baseUrl });
    expect(markdown.match(/^\| `package-/gm)).toHaveLength(300);
    expect(markdown).toMatch(/^\*\*300 of 300 packages to build, 0 reused\.\*\*\n/);
  });

  test('a failure is readable: what failed, the line, the log and the command', () => {
    const lines = [
      'cc -c a.c',
      'a.c:1:2: error: no',
      '  int x',
      'error: Package `zlib@1.3` failed in phase `build` [compile]: a.c:1:2: error: no. [SPACK_BUILD_FAILED]',
      'hint: Read the log.',
    ];
    const run = {
      id: '7',
      pipeline: '1',
      name: 'zlib@1.3 /abcdefg',
      attempt: 1,
      allowFailure: false,
      log: failureIn(lines.join('\n')),
    };
    const failure = failureReport({
      id: '1',
      status: 'failed',
      failed: [run],
      skipped: 2,
      reproduce: (id) => `slipway reproduce ${id}`,
    });
    expect(pipelineMarkdown({ failure }, { baseUrl })).toMatchInlineSnapshot(`
      "**\`zlib@1.3\`** failed in phase \`build\` [compile]: \`a.c:1:2: error: no\`

      \`\`\`text
        1 | cc -c a.c
      > 2 | a.c:1:2: error: no
        3 |   int x
        4 | error: Package \`zlib@1.3\` failed in phase \`build\` [compile]: a.c:1:2: error: no. [SPACK_BUILD_FAILED]
        5 | hint: Read the log.
      \`\`\`

      - hint: \`Read the log.\`
      - log of [\`zlib@1.3\`](https://ci.example/jobs/7#L2)
      - reproduce it with \`slipway reproduce 7\`

      2 jobs did not run because of that."
    `);
  });
});

test('code is quoted with more backticks than it has, on one line', () => {
  expect(code('a')).toBe('`a`');
  expect(code('a`b')).toBe('``a`b``');
  expect(code('`a`')).toBe('`` `a` ``');
  expect(code('a\n b')).toBe('`a b`');
  expect(code(' \u0000 ')).toBe('–');
  expect(codeCell('a|b')).toBe('`a¦b`');
  expect(codeBlock(['```', 'b'])).toBe('````text\n```\nb\n````');
});
