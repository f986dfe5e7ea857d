/** What the command line says about a bench. */
export interface BenchOptions {
  /** Leave out what takes minutes; only benches that have such parts look at it. */
  readonly isQuick: boolean;
}

/** What a bench gives back. Units stand in the names: `wallMs`, `cpuMs`, `peakBytes`, `bytesUploaded`. */
export interface BenchReport {
  readonly figures: Readonly<Record<string, number>>;
  /** The same work done by something else in the same run: machines differ, so only the comparison carries. */
  readonly peers: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** The most (or least) that a figure may be; a breach fails the bench. */
  readonly limits: Readonly<Record<string, Limit>>;
  /** What could not be measured here, and why. */
  readonly skipped: readonly string[];
}

export interface Limit {
  readonly most?: number;
  readonly least?: number;
}

/** The figures that are outside their limits, as sentences. A limit on a figure that is not there is a breach too. */
export function breaches({ figures, limits }: BenchReport): readonly string[] {
  return Object.entries(limits).flatMap(([name, { most = Infinity, least = -Infinity }]) => {
    const value = figures[name];
    if (value === undefined) return [`${name} was not measured`];
    if (value > most) return [`${name} is ${value}; the most is ${most}`];
    return value < least ? [`${name} is ${value}; the least is ${least}`] : [];
  });
}

/** The report as a table for people. */
export function formatReport(name: string, report: BenchReport): readonly string[] {
  const rows = [
    ...Object.entries(report.figures).map(([figure, value]) => [
      figure,
      'slipway',
      format(value),
      limitText(report.limits[figure]),
    ]),
    ...Object.entries(report.peers).flatMap(([peer, figures]) =>
      Object.entries(figures).map(([figure, value]) => [figure, peer, format(value), '']),
    ),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => (row[column] as string).length)));
  const line = (row: readonly string[]) =>
    `  ${row.map((cell, column) => (column === 2 ? cell.padStart(widths[2] ?? 0) : cell.padEnd(widths[column] ?? 0))).join('  ')}`.trimEnd();
  return [name, ...rows.map(line), ...report.skipped.map((reason) => `  skipped: ${reason}`)];
}

function limitText(limit: Limit | undefined): string {
  if (limit?.most !== undefined) return `(most ${limit.most})`;
  return limit?.least === undefined ? '' : `(least ${limit.least})`;
}

function format(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString('en') : value.toFixed(2);
}
