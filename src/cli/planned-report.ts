import {
  FEW_ALIKE,
  alikeCauses,
  describeReason,
  type BuildPlan,
  type HashReason,
  type RootCause,
  type TimeEstimate,
} from '../generate/index.ts';
import type { AddedBytes, Planned } from '../package-job/index.ts';
import { durationText } from './duration-text.ts';
import { describePlan } from './plan-report.ts';

/** A plan for people, with what changed, how long it takes and what it adds. */
export function describePlanned({ plan: decided, change, time }: Planned, cores: number): readonly string[] {
  const causes = new Map(change?.changed.map((one) => [one.hash, describeReason(one)]));
  const decisions = decided.decisions.map((one) => {
    const cause = causes.get(one.hash);
    return cause === undefined ? one : { ...one, reason: `${one.reason}; ${cause}` };
  });
  return [
    ...describePlan({ ...decided, decisions }, true),
    ...(change === undefined ? [] : causesText(change.changed)),
    ...(time === undefined ? [] : [timeText(time, cores)]),
    ...(change === undefined ? [] : [bytesText(change.bytes, decided)]),
  ];
}

/** Lists the packages that changed in themselves, each with how many hashes it changed; the most first. */
function causesText(changed: readonly HashReason[]): readonly string[] {
  if (changed.length === 0) return ['No hash is another than before.'];
  const roots = new Map(changed.flatMap((one) => one.roots).map((root) => [root.hash, root]));
  const lines = [...alikeCauses([...roots.values()])].flatMap(([text, alike]) => {
    const groups = alike.length <= FEW_ALIKE ? alike.map((one) => [one]) : [alike];
    return groups.map((some) => ({ text: `${whose(some)} (${text})`, count: countFrom(changed, some) }));
  });
  const sorted = lines.toSorted((a, b) => b.count - a.count);
  return [
    `${changed.length} hashes are not as before. Where that began:`,
    ...sorted.map(({ text, count }) => `  ${text}: ${count} of them`),
  ];
}

function whose(alike: readonly RootCause[]): string {
  const [first] = alike;
  return alike.length === 1 && first !== undefined ? `${first.name}@${first.version}` : `${alike.length} packages`;
}

function countFrom(changed: readonly HashReason[], causes: readonly RootCause[]): number {
  const hashes = new Set(causes.map(({ hash }) => hash));
  return changed.filter(({ roots }) => roots.some(({ hash }) => hashes.has(hash))).length;
}

function timeText({ seconds, work, criticalPath, unknown }: TimeEstimate, cores: number): string {
  const guess = unknown === 0 ? '' : `; ${unknown} packages have no time yet, and count like the usual one`;
  const chain = criticalPath.length === 0 ? '' : `, at least for ${criticalPath.join(' → ')}`;
  const machine = cores === 1 ? '1 core' : `${cores} cores`;
  return `About ${durationText(seconds)} on ${machine} (${durationText(work)} of work${chain}${guess}).`;
}

function bytesText({ mirror, image, unknown }: AddedBytes, { decisions }: BuildPlan): string {
  const builds = decisions.filter(({ build }) => build).length;
  if (builds === 0) return 'Adds nothing to the mirror.';
  if (unknown === builds) return 'What it adds is not known: no mirror has the previous versions of these packages.';
  const guess = unknown === 0 ? '' : `, and ${unknown} packages of unknown size`;
  return `Adds about ${megabytes(mirror)} to the mirror and ${megabytes(image)} to the image${guess}.`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
