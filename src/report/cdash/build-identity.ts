/** CTest's description of the machine: attributes of `Site`. */
export type HostDescription = Readonly<Record<string, string | number>>;

/** The identity of a build in CDash: site, name and stamp; and the program that reports it. */
export interface BuildIdentity {
  readonly site: string;
  readonly name: string;
  /** `20261123-2147-Group`: CDash puts the build into the group that it ends with. */
  readonly stamp: string;
  /** The program that reports. */
  readonly generator: string;
  readonly host: HostDescription;
  readonly compiler?: { readonly name: string; readonly version: string };
}

/** CDash cuts longer names off itself, and then takes two builds for one. */
const LONGEST_NAME = 190;

/** A build's name as it fits into CDash: the group at its end stays. */
export function fittingName(name: string): string {
  if (name.length <= LONGEST_NAME) return name;
  const group = / \([^()]*\)$/.exec(name)?.[0] ?? '';
  const end = group.length < LONGEST_NAME / 2 ? group : '';
  return `${name.slice(0, LONGEST_NAME - end.length - 1)}…${end}`;
}

/** A site's name with the runner's, as Spack joins them. */
export function siteOf(site: string, runner: string | undefined): string {
  return runner === undefined || runner === '' ? site : `${site} (${runner})`;
}

/** `Nov 25 10:43 UTC`, as CTest writes it; CDash reads it with the year of the stamp. */
export function dateTime(milliseconds: number): string {
  const [, , day, month, , time] =
    /^(\w+), (\d+) (\w+) (\d+) ([\d:]+)/.exec(new Date(milliseconds).toUTCString()) ?? [];
  return `${month} ${day} ${time?.slice(0, 5)} UTC`;
}

/** Whole seconds since 1970. */
export function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}

/** Minutes with at most three decimals. */
export function minutesBetween(began: number, ended: number): number {
  return Math.round(Math.max(0, ended - began) / 60) / 1000;
}
