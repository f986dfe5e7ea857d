/**
 * Reads the seconds that packages took to build, by name: a JSON mapping, or lines of a name and a number. Of several
 * lines for one name the last counts.
 */
export function readBuildTimes(text: string): ReadonlyMap<string, number> {
  const entries = text.trimStart().startsWith('{')
    ? Object.entries(JSON.parse(text) as Readonly<Record<string, unknown>>)
    : text.split('\n').map((line) => line.trim().split(/[\t ]+/) as [string, unknown]);
  return new Map(
    entries.flatMap(([name, seconds]) =>
      Number(seconds) > 0 && name !== '' ? [[name, Number(seconds)] as const] : [],
    ),
  );
}
