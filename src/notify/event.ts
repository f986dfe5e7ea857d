/** Subjects of notifications: pipelines of protected refs, publications, runners and mirrors. */
export const eventKinds = ['pipeline', 'publication', 'runner', 'mirror'] as const;
export type EventKind = (typeof eventKinds)[number];

/** A failure that is reported, or its end. */
export interface NotifiedEvent {
  /** `pipeline.failed`, `pipeline.recovered`, and the like; `test` for a test message. */
  readonly type: string;
  /** Absent where the event concerns the whole server. */
  readonly stack?: string;
  /** The branch or tag, the image, the runner, or the stack whose mirror it is. */
  readonly subject: string;
  /** One line that names the subject and the fact. */
  readonly title: string;
  /** The reason, in the words of commit statuses. */
  readonly text: string;
  /** A page of the server. */
  readonly url: string;
  readonly at: string;
}

/** Events that are sent together. */
export interface Message {
  /** The same at every attempt, so that receivers recognize a message that arrives twice. */
  readonly id: string;
  /** The oldest first. */
  readonly events: readonly NotifiedEvent[];
}

/** Returns one line for a message as a whole. */
export function headlineOf({ events }: Message): string {
  const [first, ...others] = events;
  return others.length === 0 ? (first?.title ?? '') : `${events.length} notifications: ${first?.title}, …`;
}
