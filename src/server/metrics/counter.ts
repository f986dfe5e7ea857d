import type { Metric, Sample } from './open-metrics.ts';

type Labels = Readonly<Record<string, string>>;
type Description = Pick<Metric, 'name' | 'help'>;

/** Counts since the start of the server. */
export class Counter {
  readonly #description: Description;
  readonly #counts = new Map<string, { readonly labels: Labels; value: number }>();

  constructor(description: Description) {
    this.#description = description;
  }

  add(labels: Labels): void {
    const key = JSON.stringify(labels);
    const known = this.#counts.get(key);
    if (known === undefined) this.#counts.set(key, { labels, value: 1 });
    else known.value += 1;
  }

  metric(): Metric {
    return { ...this.#description, type: 'counter', samples: [...this.#counts.values()] };
  }
}

interface Distribution {
  readonly labels: Labels;
  /** Of each bound those below it alone, and last those above all. */
  readonly counts: number[];
  sum: number;
}

/** Counts observed values by their size. */
export class Histogram {
  readonly #description: Description & { readonly bounds: readonly number[] };
  readonly #distributions = new Map<string, Distribution>();

  constructor(description: Description & { readonly bounds: readonly number[] }) {
    this.#description = description;
  }

  observe(labels: Labels, value: number): void {
    const { bounds } = this.#description;
    const key = JSON.stringify(labels);
    const known = this.#distributions.get(key) ?? { labels, counts: [...bounds, 0].map(() => 0), sum: 0 };
    const place = bounds.findIndex((bound) => value <= bound);
    const index = place < 0 ? bounds.length : place;
    known.counts[index] = (known.counts[index] ?? 0) + 1;
    known.sum += value;
    this.#distributions.set(key, known);
  }

  metric(): Metric {
    const { bounds, ...description } = this.#description;
    const samples = [...this.#distributions.values()].flatMap((one) => samplesOf(one, bounds));
    return { ...description, type: 'histogram', samples };
  }
}

function samplesOf({ labels, counts, sum }: Distribution, bounds: readonly number[]): readonly Sample[] {
  let below = 0;
  const buckets = counts.map((count, index): Sample => {
    below += count;
    const le = bounds[index]?.toString() ?? '+Inf';
    return { suffix: '_bucket', labels: { ...labels, le }, value: below };
  });
  return [...buckets, { suffix: '_count', labels, value: below }, { suffix: '_sum', labels, value: sum }];
}
