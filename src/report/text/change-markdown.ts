import type { ChangeReport, ChangedPackage } from '../../protocol/index.ts';
import { bytesTexts, causeName, causesHead, previewText, progressText, timeText } from './change-lines.ts';
import { code, codeCell, folded, type MarkdownRows } from './markdown.ts';
import { counted } from './words.ts';

/** Causes that stand above the fold. */
const CAUSES = 10;

/** The blocks of a change, in the order of their weight. `pageUrl` makes the address of a page of the server. */
export function changeBlocks(
  report: ChangeReport,
  pageUrl: (page: string) => string,
): readonly (string | MarkdownRows)[] {
  const progress = progressText(report);
  const facts = [timeText(report, code), ...bytesTexts(report)].flatMap((text) =>
    text === undefined ? [] : [`${text}.`],
  );
  const head = causesHead(report, code);
  return [
    `**${report.headline}.**${progress === undefined ? '' : ` ${progress}.`}`,
    ...previewLines(report),
    ...(head === undefined ? [] : [head]),
    ...causeRows(report),
    ...(facts.length === 0 ? [] : [facts.join(' ')]),
    ...packageRows(report, pageUrl),
  ];
}

function previewLines({ previews }: ChangeReport): readonly string[] {
  return previews.length === 0 ? [] : [previews.map((one) => `Preview: ${previewText(one, code)}`).join('\n\n')];
}

function causeRows({ causes }: ChangeReport): readonly MarkdownRows[] {
  if (causes.length === 0) return [];
  const rows = causes.map((cause) => {
    const name = cause.count === 1 ? code(causeName(cause)) : causeName(cause);
    return `- ${name} (${code(cause.change)}): ${counted(cause.hashes, 'hash')}`;
  });
  const shown: MarkdownRows = { rows: rows.slice(0, CAUSES), write: list };
  const rest = rows.slice(CAUSES);
  const write = (some: readonly string[], omitted: number) =>
    folded(counted(rest.length, 'more change'), list(some, omitted));
  return rest.length === 0 ? [shown] : [shown, { rows: rest, write }];
}

function list(rows: readonly string[], omitted: number): string {
  return [...rows, ...(omitted === 0 ? [] : [`- and ${omitted} more`])].join('\n');
}

function packageRows({ packages, counts }: ChangeReport, pageUrl: (page: string) => string): readonly MarkdownRows[] {
  const builds = packages.filter(({ build }) => build);
  if (builds.length === 0) return [];
  const row = (one: ChangedPackage) => {
    const { name, version, hash, reason, job } = one;
    const title = codeCell(`${name}@${version} /${hash.slice(0, 7)}`);
    const state = job === undefined ? '' : job.id === '' ? job.status : `[${job.status}](${pageUrl(`jobs/${job.id}`)})`;
    return `| ${title} | ${codeCell(reason)} | ${state} |`;
  };
  const write = (rows: readonly string[], omitted: number) => {
    const table = ['| package | why | job |', '| --- | --- | --- |', ...rows].join('\n');
    return folded(counted(counts.build, 'package'), omitted === 0 ? table : `${table}\n\nand ${omitted} more.`);
  };
  return [{ rows: builds.map(row), write }];
}
