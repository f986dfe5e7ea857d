import {
  NOT_RESOLVED,
  Schema,
  YAML11_SCHEMA,
  defineScalarTag,
  defineSequenceTag,
  floatYaml11Tag,
  intYaml11Tag,
} from 'js-yaml';
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

/**
 * Integers that a JavaScript number cannot hold stay text, as they only ever become variables. To Psych a comma between
 * digits is nothing, so that `80,443` is a number.
 */
const exactIntTag = defineScalarTag<number>('tag:yaml.org,2002:int', {
  implicit: true,
  implicitFirstChars: intYaml11Tag.implicitFirstChars,
  identify: intYaml11Tag.identify,
  resolve(source, isExplicit, tagName) {
    const plain = /^[-+]?[1-9][\d_]*(?:,\d[\d_]*)+$/.test(source) ? source.replaceAll(',', '') : source;
    const value = intYaml11Tag.resolve(plain, isExplicit, tagName);
    return typeof value === 'number' && Number.isSafeInteger(value) ? value : NOT_RESOLVED;
  },
});

/**
 * A number whose text in Ruby is not JavaScript's (`1.0`, `1.0e-05`) stays text: numbers with a point are versions more
 * often than not.
 */
const rubyFloatTag = defineScalarTag<number | string>('tag:yaml.org,2002:float', {
  implicit: true,
  implicitFirstChars: floatYaml11Tag.implicitFirstChars,
  identify: floatYaml11Tag.identify,
  resolve(source, isExplicit, tagName) {
    const value = floatYaml11Tag.resolve(source, isExplicit, tagName);
    if (typeof value !== 'number') return value;
    const text = inRuby(value);
    return text === String(value) ? value : text;
  },
});

function inRuby(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size === 0 || (size >= 1e-4 && size < 1e16)) return Number.isInteger(value) ? `${value}.0` : String(value);
  const [digits = '', exponent = ''] = value.toExponential().split('e');
  return `${digits.includes('.') ? digits : `${digits}.0`}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`;
}

/**
 * The YAML that GitLab reads: 1.1 (Ruby's Psych: `yes` is true, `0755` octal, `9138e10` text), merge keys and
 * `!reference`, but no timestamps, which GitLab refuses and we keep as text.
 */
export const gitlabSchema: Schema = new Schema(
  YAML11_SCHEMA.tags.filter((tag) => !/:(?:timestamp|int|bool|float)$/.test(tag.tagName)),
).withTags(psychBoolTag, exactIntTag, rubyFloatTag, referenceTag);
