/** Receives how much of some work is done; the total may be unknown. */
export type OnProgress = (done: number, total?: number) => void;
