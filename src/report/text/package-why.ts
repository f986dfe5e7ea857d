import type { ChangeCause, ChangeReport, ChangedPackage } from '../../protocol/index.ts';
import { causeName } from './change-lines.ts';
import { counted } from './words.ts';

/** Causes that a sentence names, and packages by way of which a cause comes. */
const NAMED = 2;

/** Returns why each package of a change is built, or has another hash: a sentence for each, in their order. */
export function packageSentences({ packages, causes }: Pick<ChangeReport, 'packages' | 'causes'>): string[] {
  const known = new Map(packages.map((one) => [one.hash, one]));
  return packages.map((one) => sentence(one, { causes, known }));
}

interface Explaining {
  readonly causes: readonly ChangeCause[];
  readonly known: ReadonlyMap<string, ChangedPackage>;
}

function sentence(one: ChangedPackage, report: Explaining): string {
  const { name, version, build, reason, before, causes } = one;
  const title = `${name}@${version}`;
  if (causes.length === 0 && before === undefined)
    return reason === 'missing' ? `${title} is built because no mirror has it.` : `${title} is built: ${reason}.`;
  if (before === undefined) return `${title} is new in this lock${build ? '' : ', and on the mirror already'}.`;
  const parts = causes.slice(0, NAMED).map((index) => causeText(one, index, report));
  const more = causes.length > NAMED ? [counted(causes.length - NAMED, 'more cause')] : [];
  const because = [...parts, ...more].join(', and because ') || 'a dependency is gone';
  return build
    ? `${title} is rebuilt because ${because}.`
    : `${title} has another hash because ${because}. It is not built: ${reason.split(';', 1)[0]}.`;
}

/** `zlib-ng@2.2.1 changed (version 2.1.6 → 2.2.1), which it uses through cmake`. */
function causeText(one: ChangedPackage, index: number, { causes, known }: Explaining): string {
  const cause = causes[index] as ChangeCause;
  if (one.own && one.causes[0] === index) {
    const others = cause.count > 1 ? `, as ${counted(cause.count - 1, 'other')} did` : '';
    return `it changed (${cause.change})${others}`;
  }
  const ways = one.through.flatMap((hash) => known.get(hash) ?? []).filter((way) => way.causes.includes(index));
  const between = ways.filter((way) => !(way.own && way.causes[0] === index));
  const isDirect = ways.length === 0 || between.length < ways.length;
  const names = between.slice(0, NAMED).map(({ name }) => name);
  const rest = between.length > NAMED ? [`${between.length - NAMED} more`] : [];
  const way = isDirect ? 'on which it depends' : `which it uses through ${[...names, ...rest].join(' and ')}`;
  return `${causeName(cause)} changed (${cause.change}), ${way}`;
}
