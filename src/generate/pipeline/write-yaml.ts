/**
 * Writes what we generate as YAML: mappings, lists, texts, numbers and truth values. A library that knows all of YAML
 * looks at every text in all styles; this looks once. Keys stay in their order, nothing is folded, there are no
 * aliases, and a text that YAML 1.1 or 1.2 could take for something else is quoted.
 */
export function writeYaml(document: Mapping): string {
  const lines: string[] = [];
  writeEntries(document, { indent: '', lines });
  return `${lines.join('\n')}\n`;
}

/** A `Map` is cheaper where there are thousands of keys. */
export type Mapping = Readonly<Record<string, unknown>> | ReadonlyMap<string, unknown>;

interface Position {
  readonly indent: string;
  readonly lines: string[];
  /** Replaces the indent of the first entry: the dash of a list. */
  readonly first?: string;
}

function writeEntries(mapping: Mapping, { indent, lines, first }: Position): void {
  let start = first ?? indent;
  for (const [key, value] of entriesOf(mapping)) {
    if (value === undefined) continue;
    writeValue(`${start}${scalar(key)}:`, value, { indent, lines });
    start = indent;
  }
}

export function entriesOf(mapping: Mapping): Iterable<readonly [string, unknown]> {
  return mapping instanceof Map ? mapping : Object.entries(mapping);
}

function writeValue(head: string, value: unknown, position: Position): void {
  const { indent, lines } = position;
  if (typeof value !== 'object' || value === null) {
    lines.push(`${head} ${scalar(value)}`);
  } else if (Array.isArray(value)) {
    lines.push(value.length === 0 ? `${head} []` : head);
    for (const item of value) writeItem(item, `${indent}  `, lines);
  } else if (Object.keys(value).length === 0) {
    lines.push(`${head} {}`);
  } else {
    lines.push(head);
    writeEntries(value as Mapping, { indent: `${indent}  `, lines });
  }
}

function writeItem(item: unknown, indent: string, lines: string[]): void {
  if (typeof item === 'object' && item !== null && !Array.isArray(item) && Object.keys(item).length > 0) {
    writeEntries(item as Mapping, { indent: `${indent}  `, lines, first: `${indent}- ` });
  } else {
    writeValue(`${indent}-`, item, { indent, lines });
  }
}

/**
 * Letters, digits and what means nothing inside of a text; not at the edges what could. Left out is what is not a text
 * when it stands alone, in one of the versions of YAML; some take an exponent alone for a number.
 */
const plain =
  /^(?!(?:y|n|yes|no|on|off|true|false|null|\.inf|\.nan|\.?e[+-]?\d+)$)(?:\.(?=[a-df-z])|[a-z_/$(])[\w./@%$()+=~-]*(?:[ :,][\w./@%$()+=~-]+)*$/i;

function scalar(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value) ?? 'null';
  if (plain.test(value)) return value;
  // eslint-disable-next-line no-control-regex
  return /[\u0000-\u001f\u007f-\u00a0\u2028\u2029\ufeff\ud800-\udfff]/.test(value)
    ? quoted(value)
    : `'${value.replaceAll("'", "''")}'`;
}

/** JSON's escapes are YAML's; what JSON leaves and YAML may not hold is escaped too. */
function quoted(value: string): string {
  const hex = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value).replace(/[\u007f-\u00a0\u2028\u2029\ufeff]/g, hex);
}
