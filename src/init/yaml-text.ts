/** Has nothing that YAML reads as its own, also within `[]` and `{}`, and is no number. */
const PLAIN = /^(?:\.\/)?[A-Za-z][\w./-]*$/;
/** Words that a reader of YAML 1.1 or 1.2 takes for another type. */
const RESERVED = /^(?:null|true|false|yes|no|on|off|y|n)$/i;

/** Returns a text as YAML reads it back: plain where possible, else in quotes. */
export function yamlText(text: string): string {
  return PLAIN.test(text) && !RESERVED.test(text) ? text : JSON.stringify(text);
}
