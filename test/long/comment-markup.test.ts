import { XMLValidator } from 'fast-xml-parser';
import { createMarkdownRenderer } from 'vitepress';
import { beforeAll, expect, test } from 'vitest';
import { code, requestMarkdown, type RequestReport } from '../../src/report/index.ts';
import { reportedChange, reportedFailure } from '../support/reported-pipeline.ts';

const baseUrl = 'https://ci.example';
const commit = (sha: string) => `https://forge.example/lab/stack/commit/${sha}`;

/** Renders CommonMark with the tables, strikethrough and bare addresses of GitHub's dialect, and with HTML. */
let render: (markdown: string) => string;
beforeAll(async () => {
  const site = await createMarkdownRenderer('.', { highlight: (code) => code });
  const Renderer = site.constructor as new (options: object) => { render(markdown: string): string };
  const plain = new Renderer({ html: true, linkify: true, xhtmlOut: true });
  render = (markdown) => plain.render(markdown);
});

/** Each means something to a forge, or to what renders its Markdown. No word of ours has a Q. */
const hostile = [
  '@Qoctocat',
  '#Q1',
  'www.Q.example',
  'https://Q.example/',
  '[Q](https://Q)',
  '![Q](https://Q)',
  '<img src=Q onerror=Q>',
  '<script>Q</script>',
  '</details>Q',
  '<!-- Q',
  '`Q`',
  '``Q',
  '```\nQ\n```',
  '|Q|Q|',
  '**Q**',
  '~~Q~~',
  '\n\n# Q',
  '\n/Qclose',
  '\n    Q',
  '\n- Q\n\n> Q',
  '\\`Q\\',
  '&lt;Q&#64;',
  'Q\u202Eq\u200B',
];
const nameOf = (index: number) => `package-${index}-Q${hostile[index % hostile.length]}`;

function reportOf(count: number): RequestReport {
  const names = Array.from({ length: count }, (_, index) => nameOf(index));
  const change = reportedChange(names);
  const failure = reportedFailure(names);
  const sha = 'a'.repeat(40);
  const status = { state: 'failure', text: nameOf(3), url: `${baseUrl}/pipelines/1` } as const;
  const head = { sha, url: commit(sha), pipeline: { id: '1', status: 'failed' }, status, change, failure } as const;
  const commands = hostile.map((text, index) => {
    const answer = index % 2 === 0 ? code(`${text}. ${nameOf(index)}\n${text}`) : code(text);
    return { actor: text, text: `/slipway ${text}`, sha, state: 'refused', answer } as const;
  });
  return { stack: nameOf(0), state: 'open', head, previous: head, commands };
}

/** What is left of rendered Markdown without code, which is text whatever it has. */
const outsideCode = (html: string) => html.replace(/<(pre|code)\b[^>]*>[^]*?<\/\1>/g, '');

test.each(['open', 'merged', 'closed'] as const)(
  'the comment on a request that is %s is valid, and nothing in it is markup of others',
  (state) => {
    const sha = 'b'.repeat(40);
    const statuses = hostile.map(
      (text) => ({ context: text, state: 'success', text, url: `${baseUrl}/images/1` }) as const,
    );
    const merged = state === 'merged' ? { sha, url: commit(sha), statuses } : undefined;
    const text = requestMarkdown({ ...reportOf(300), state, merged }, { baseUrl });
    expect(text.length).toBeLessThanOrEqual(65_000);
    const html = render(text);
    expect(XMLValidator.validate(`<comment>${html}</comment>`)).toBe(true);
    const rest = outsideCode(html);
    const tags = new Set(Array.from(rest.matchAll(/<(\w+)/g), ([, tag]) => tag));
    const own = [
      'details',
      'summary',
      'h3',
      'p',
      'strong',
      'a',
      'ul',
      'li',
      'table',
      'thead',
      'tbody',
      'tr',
      'th',
      'td',
    ];
    expect([...tags].filter((tag) => !own.includes(tag ?? ''))).toEqual([]);
    const links = Array.from(rest.matchAll(/ (?:href|src)="([^"]*)"/g), ([, url]) => url ?? '');
    expect(
      links.filter((url) => !/^https:\/\/(?:ci\.example\/(?:jobs|pipelines|images)\/\d|forge\.example\/)/.test(url)),
    ).toEqual([]);
    expect(rest.replace(/<[^>]*>/g, '')).not.toMatch(/[Q@#]|:\w+:/);
  },
);

test('of 300 packages all are listed, and one screen is unfolded', () => {
  const change = reportedChange(Array.from({ length: 300 }, (_, index) => `package-${index}`));
  const head = { ...reportOf(1).head, change: { ...change, previews: [] }, failure: undefined };
  const html = render(requestMarkdown({ stack: 'lab', state: 'open', head, commands: [] }, { baseUrl }));
  expect(html.match(/<tr>\n<td><code>package-/g)).toHaveLength(300);
  const unfolded = html.replace(/<details>[^]*?<\/details>/g, '').split('\n');
  expect(unfolded.length).toBeLessThan(40);
});
