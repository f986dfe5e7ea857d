/** The options of `slipway run`, as they are written. */
export interface RunOptions {
  readonly job?: readonly string[];
  readonly needs?: true;
  readonly play?: readonly string[];
  readonly variable?: readonly string[];
  readonly secret?: readonly string[];
  readonly file?: string;
  readonly concurrency?: string;
  readonly inPlace?: true;
  readonly sandbox?: true;
  readonly acceptIncludes?: true;
  /** Address of the server with the projects and components that a pipeline includes. */
  readonly forge?: string;
  /** Whether jobs that name an image run in it; without it, where the machine can. */
  readonly container?: boolean;
  readonly json?: true;
}

type Paint = (text: string) => string;

/** Where a run writes: data to stdout, notes for people to stderr. */
export interface RunTerminal {
  readonly colors: { readonly isColorSupported: boolean } & Readonly<
    Record<'green' | 'red' | 'yellow' | 'cyan' | 'dim' | 'bold', Paint>
  >;
  data(line: string): void;
  json(value: unknown): void;
  note(line: string): void;
}

/** The input of a run. */
export interface RunRequest {
  readonly options: RunOptions;
  /** Folder of the working copy, absolute. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted when the run is to stop. */
  readonly signal: AbortSignal;
  readonly terminal: RunTerminal;
  /** Asks the person at the terminal; absent where there is none. */
  confirm?(question: string): Promise<boolean>;
  /** Version of the program. */
  readonly version: string;
}
