/** Seconds that a job spent on the mirror. */
interface MirrorTimes {
  /** For the dependencies of what it built. */
  readonly fetched: number;
  /** For packing the package and pushing it. */
  readonly pushed: number;
}

const LINE = /transfers: (\d{1,7}\.\d) s for dependencies, (\d{1,7}\.\d) s for the push/g;

/** The words in a job's log from which the server reads these times. */
export function transferText({ fetched, pushed }: MirrorTimes): string {
  return `transfers: ${fetched.toFixed(1)} s for dependencies, ${pushed.toFixed(1)} s for the push`;
}

/** Reads the times from a log; the last ones that it holds. */
export function readTransfers(log: string): MirrorTimes | undefined {
  const found = [...log.matchAll(LINE)].at(-1);
  return found === undefined ? undefined : { fetched: Number(found[1]), pushed: Number(found[2]) };
}
