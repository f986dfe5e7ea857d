import type { Actor } from '../../forge/index.ts';

/** A command that a person gave, at the forge or to the server. */
export interface CommandRecord {
  readonly id: string;
  readonly stack: string;
  /** Number of the request. */
  readonly request: string;
  /** What it was given by, so that it is carried out once: `comment:<id>`, `click:<delivery>`, `rest:<id>`. */
  readonly source: string;
  /** Account at the forge that gave it, or the name by which the server knows the person. */
  readonly actor: Actor;
  /** Its first word: `run`, `approve`, … */
  readonly command: string;
  /** The whole of it, as it was written. */
  readonly text: string;
  /** Head of the request when the command was read. */
  readonly sha: string;
  readonly at: string;
  /** `refused`: it was not carried out, for the reason in `answer`. */
  readonly state: 'pending' | 'done' | 'refused';
  /** One sentence or more for people, once it is not pending any more. */
  readonly answer?: string;
}

/** Commands on requests, and up to when comments were searched for them. Every call is one transaction. */
export interface CommandLedger {
  /** Stores a command, which is to be carried out if it has no state. False if one of its source is there already. */
  saveCommand(command: Omit<CommandRecord, 'id' | 'state'> & Partial<Pick<CommandRecord, 'state'>>): boolean;
  /** Returns the commands on a request, oldest first. */
  commands(stack: string, request: string): readonly CommandRecord[];
  /** Returns the commands of all requests that have not been answered, oldest first. */
  pendingCommands(stack: string): readonly CommandRecord[];
  answerCommand(id: string, answer: { readonly state: 'done' | 'refused'; readonly answer: string }): void;
  /** Returns the time up to which comments were read; undefined before the first reading. */
  commentsReadTo(stack: string): string | undefined;
  saveCommentsReadTo(stack: string, at: string): void;
}
