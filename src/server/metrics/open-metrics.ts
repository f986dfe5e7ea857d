/** One value of a metric. */
export interface Sample {
  /** `_bucket`, `_sum` or `_count` of a histogram. */
  readonly suffix?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metric with its values. The name has its unit at its end, and not the `_total` of counters. */
export interface Metric {
  readonly name: string;
  readonly type: 'gauge' | 'counter' | 'histogram' | 'info';
  readonly help: string;
  readonly samples: readonly Sample[];
}

export function gauge(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name, type: 'gauge', help, samples };
}

export const openMetricsType = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/** Writes metrics as text (OpenMetrics 1.0). */
export function openMetrics(metrics: readonly Metric[]): string {
  return `${metrics.flatMap(linesOf).join('\n')}\n# EOF\n`;
}

function linesOf({ name, type, help, samples }: Metric): readonly string[] {
  const suffixes: Partial<Record<Metric['type'], string>> = { counter: '_total', info: '_info' };
  const ending = suffixes[type] ?? '';
  return [
    `# TYPE ${name} ${type}`,
    `# HELP ${name} ${escaped(help)}`,
    ...samples.map(({ suffix = ending, labels = {}, value }) => `${name}${suffix}${labelsText(labels)} ${value}`),
  ];
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}
