import type { Promotion } from './promotion-ledger.ts';

interface PromotionSummary {
  promoted: number;
  rebuilt: number;
  /** Pipelines of the pull requests. */
  from: string[];
  /** Why the first of the others is built again. */
  reason: string | undefined;
}

/** Returns what became of the packages of a protected pipeline; undefined where nothing is recorded. */
export function summarizePromotions(promotions: readonly Promotion[]): PromotionSummary | undefined {
  const promoted = promotions.filter(({ outcome }) => outcome === 'promoted');
  const rebuilt = promotions.filter(({ outcome }) => outcome === 'rebuilt');
  if (promoted.length + rebuilt.length === 0) return undefined;
  const from = [...new Set(promoted.flatMap(({ fromPipeline }) => fromPipeline ?? []))];
  return { promoted: promoted.length, rebuilt: rebuilt.length, from, reason: rebuilt[0]?.reason };
}
