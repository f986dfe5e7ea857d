import { durationText } from '../../kit/index.ts';
import type { ChangeCause, ChangeReport, ChangeWords } from '../../protocol/index.ts';
import { bytesText, counted } from './words.ts';

/** Names of a chain that are shown. */
const CHAIN = 6;

/** Marks a text that others wrote; a terminal shows it as it is. */
type Quote = (text: string) => string;
const plain: Quote = (text) => text;

/** A change in lines of a terminal: all of it, but for the packages one by one. */
export function changeLines(report: ChangeReport): readonly string[] {
  const { progress, causesHead: head, causes, facts, previews } = changeWords(report);
  return [
    `${report.headline}.`,
    ...[progress, head].flatMap((text) => text ?? []),
    ...(head === undefined ? [] : causes.map((cause) => `  ${cause}`)),
    ...facts,
    ...previews,
  ];
}

/** The same in its parts, for a page that arranges them. */
export function changeWords(report: ChangeReport): ChangeWords {
  const progress = progressText(report);
  return {
    progress: progress && `${progress}.`,
    causesHead: causesHead(report),
    causes: report.causes.map(causeText),
    facts: [timeText(report), ...bytesTexts(report)].flatMap((text) => (text === undefined ? [] : [`${text}.`])),
    previews: report.previews.map((preview) => `Preview: ${previewText(preview)}`),
  };
}

/** `3 of 7 packages built, 1 failed, 2 running; about 12 min left`; undefined for a plan and after the end. */
export function progressText({ counts, time, packages }: ChangeReport): string | undefined {
  const { build, built, failed, running } = counts;
  if (build === 0 || built === build || !packages.some(({ job }) => job !== undefined)) return undefined;
  const rest = [...(failed > 0 ? [`${failed} failed`] : []), ...(running > 0 ? [`${running} running`] : [])];
  const left = time?.left === undefined ? '' : `; about ${durationText(time.left)} left`;
  return `${[`${built} of ${counted(build, 'package')} built`, ...rest].join(', ')}${left}`;
}

/** The line above the causes; undefined where nothing was compared. */
export function causesHead({ counts: { changed }, against }: ChangeReport, quote = plain): string | undefined {
  if (changed === undefined) return undefined;
  const other = against === undefined ? '' : ` from ${quote(against.name)}`;
  if (changed === 0) return `No hash differs${other}.`;
  return `${changed === 1 ? '1 hash differs' : `${changed} hashes differ`}${other}:`;
}

/** `zlib-ng@2.2.1 (version 2.1.6 → 2.2.1): 3 hashes`. */
export function causeText(cause: ChangeCause): string {
  return `${causeName(cause)} (${cause.change}): ${counted(cause.hashes, 'hash')}`;
}

/** The package that changed, or how many changed in the same way. */
export function causeName({ count, packages: [first] }: ChangeCause): string {
  return count === 1 && first !== undefined ? `${first.name}@${first.version}` : counted(count, 'package');
}

/**
 * `About 31 s with 2 jobs at once (46 s of work; …)`; undefined without a history, anything to build, and at the end.
 */
export function timeText({ time, counts, packages }: ChangeReport, quote = plain): string | undefined {
  const hasEnded = time?.left === undefined && packages.some(({ job }) => job !== undefined);
  if (time === undefined || counts.build === 0 || hasEnded) return undefined;
  const { seconds, work, criticalPath, unknown, jobs } = time;
  const chain =
    criticalPath.length > CHAIN ? [...criticalPath.slice(0, CHAIN - 1), '…', criticalPath.at(-1)] : criticalPath;
  const longest = chain.length === 0 ? '' : `, at least for ${quote(chain.join(' → '))}`;
  const guess = unknown === 0 ? '' : `; ${counted(unknown, 'package')} without a known time`;
  return `About ${durationText(seconds)} with ${counted(jobs, 'job')} at once (${durationText(work)} of work${longest}${guess})`;
}

/** What the change adds to mirror and image, as far as it is known. */
export function bytesTexts({ bytes, counts }: ChangeReport): readonly string[] {
  const { mirror, image, unknown } = bytes;
  const grows = growthTexts(bytes);
  if (counts.build === 0) return mirror === undefined ? grows : ['Adds nothing to the mirror', ...grows];
  if (mirror === undefined || image === undefined)
    return unknown === 0 ? grows : ['Adds an unknown size: no mirror has earlier versions of these packages', ...grows];
  const guess = unknown === 0 ? '' : `, and ${counted(unknown, 'package')} of unknown size`;
  return [`Adds about ${bytesText(mirror)} to the mirror and ${bytesText(image)} to the image${guess}`, ...grows];
}

/** By how much the image grows or shrinks, if that is known and at least a kilobyte. */
export function growthTexts({ growth = 0 }: Pick<ChangeReport['bytes'], 'growth'>): readonly string[] {
  if (Math.abs(growth) < 1000) return [];
  return [`The image ${growth > 0 ? 'grows' : 'shrinks'} by about ${bytesText(Math.abs(growth))}`];
}

export function previewText({ reference, state, digest }: ChangeReport['previews'][number], quote = plain): string {
  const shown = digest === undefined ? '' : `, ${digest.slice(0, 19)}`;
  return `${quote(reference)} (${state}${shown})`;
}
