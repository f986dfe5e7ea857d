import { NOT_RESOLVED, Schema, YAML11_SCHEMA, defineScalarTag, defineSequenceTag, intYaml11Tag } from 'js-yaml';
import { Reference } from './reference.ts';

/** `!reference [job, keyword, …]`, resolved once the whole file is known. */
const referenceTag = defineSequenceTag<unknown[], Reference>('!reference', {
  create: () => [],
  addItem: (carrier, item) => void carrier.push(item),
  finalize: (carrier) => new Reference(carrier),
  identify: () => false,
});

/** Psych's booleans, which are YAML 1.1's without the letters `y` and `n`. */
const psychBoolTag = defineScalarTag<boolean>('tag:yaml.org,2002:bool', {
  implicit: true,
  identify: (value) => typeof value === 'boolean',
  resolve(source) {
    if (/^(?:yes|true|on)$/i.test(source)) return true;
    return /^(?:no|false|off)$/i.test(source) ? false : NOT_RESOLVED;
  },
});

/** Integers that a JavaScript number cannot hold stay text, as they only ever become variables. */
const exactIntTag = defineScalarTag<number>('tag:yaml.org,2002:int', {
  implicit: true,
  implicitFirstChars: intYaml11Tag.implicitFirstChars,
  identify: intYaml11Tag.identify,
  resolve(source, isExplicit, tagName) {
    const value = intYaml11Tag.resolve(source, isExplicit, tagName);
    return typeof value === 'number' && Number.isSafeInteger(value) ? value : NOT_RESOLVED;
  },
});

/**
 * The YAML that GitLab reads: 1.1 (Ruby's Psych: `yes` is true, `0755` octal, `9138e10` text), merge keys and
 * `!reference`, but no timestamps, which GitLab refuses and we keep as text.
 */
export const gitlabSchema: Schema = new Schema(
  YAML11_SCHEMA.tags.filter((tag) => !/:(?:timestamp|int|bool)$/.test(tag.tagName)),
).withTags(psychBoolTag, exactIntTag, referenceTag);
