import { systemTimer } from '../../kit/index.ts';

/** Milliseconds between two reports on a family of pipelines whose jobs end: forges limit how many they take. */
const INTERVAL = 1000;

interface ReportOptions {
  readonly report: (root: string) => void;
  readonly background: (root: string, work: () => Promise<void>) => void;
}

/** Reports families of pipelines, by their topmost pipeline: at once, and what changes within an interval at its end. */
export class PacedReports {
  readonly #options: ReportOptions;
  /** Families that were reported within the interval. */
  readonly #recent = new Map<string, { isOutdated: boolean; readonly cancel: () => void }>();

  constructor(options: ReportOptions) {
    this.#options = options;
  }

  report(root: string): void {
    const last = this.#recent.get(root);
    if (last !== undefined) {
      last.isOutdated = true;
      return;
    }
    const cancel = systemTimer(INTERVAL, () => {
      const isOutdated = this.#recent.get(root)?.isOutdated;
      this.#recent.delete(root);
      if (isOutdated === true) this.#options.background(root, async () => this.report(root));
    });
    this.#recent.set(root, { isOutdated: false, cancel });
    this.#options.report(root);
  }

  /** Reports in the background, before its interval ends, whatever has changed. */
  flush(): void {
    for (const [root, { isOutdated, cancel }] of this.#recent) {
      cancel();
      if (isOutdated) this.#options.background(root, async () => this.#options.report(root));
    }
    this.#recent.clear();
  }
}
