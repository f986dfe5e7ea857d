/** What a pipeline may cost to read. GitLab's own limits, widened to what Spack generates. */
export interface PipelineLimits {
  /** Bytes of one text. */
  readonly maxLength: number;
  /** Jobs, after `parallel`. */
  readonly maxJobs: number;
  /** Characters of everything with all aliases and templates written out, each node counting as eight more. */
  readonly maxExpandedSize: number;
  /** Nested collections in a text. */
  readonly maxDepth: number;
  /** Entries of one list or mapping, keys and values counted each. */
  readonly maxItems: number;
  /** Lines, entries written in a row and brackets of a text: there are never more nodes than these. */
  readonly maxNodes: number;
  /** Keys copied by `<<`, and as many by `extends` and `include`. */
  readonly maxMergedKeys: number;
  /** Steps of comparing texts and paths with patterns, in all rules together. */
  readonly maxMatchSteps: number;
  /** Variables, rules, needs and the like, as often as some job has them; a rule counts ten. */
  readonly maxJobEntries: number;
  /** Characters that variables put into tags, names and paths. */
  readonly maxPutIn: number;
  /** Characters of the file and of all that it includes, as often as they are read. */
  readonly maxLoaded: number;
  /** Files that are included, those by included files too. */
  readonly maxIncludes: number;
}

export const defaultLimits: PipelineLimits = {
  maxLength: 50_000_000,
  maxJobs: 20_000,
  maxExpandedSize: 300_000_000,
  maxDepth: 100,
  maxItems: 100_000,
  maxNodes: 1_000_000,
  maxMergedKeys: 1_000_000,
  maxMatchSteps: 10_000_000,
  maxJobEntries: 2_000_000,
  maxPutIn: 50_000_000,
  maxLoaded: 200_000_000,
  maxIncludes: 150,
};
