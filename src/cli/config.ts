/** The environment of the process: nothing else in the sources reads `process.env`. */
export function readEnvironment(): Readonly<Record<string, string | undefined>> {
  return { ...process.env };
}
