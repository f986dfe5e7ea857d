import { entriesOf, type Mapping } from './write-yaml.ts';

/**
 * How much memory GitLab takes a parsed pipeline to need, in bytes: it adds up what Ruby's objects occupy and refuses a
 * file beyond `max_yaml_size_bytes`, 2 MiB unless an administrator changes it. An estimate after the sizes of Ruby 3:
 * 40 bytes an object, texts beyond 23 bytes and lists beyond three entries apart from that, mappings by the size of
 * their tables.
 */
export function parsedSize(value: unknown): number {
  if (typeof value === 'string') return textSize(value);
  if (typeof value !== 'object' || value === null) return 0;
  if (Array.isArray(value)) {
    let size = OBJECT + (value.length <= 3 ? 0 : 8 * value.length);
    for (const item of value) size += parsedSize(item);
    return size;
  }
  let [size, count] = [0, 0];
  for (const [key, inner] of entriesOf(value as Mapping)) {
    if (inner === undefined) continue;
    size += textSize(key) + parsedSize(inner);
    count += 1;
  }
  return size + tableSize(count);
}

/** The same of a mapping with one entry. */
export function entrySize(key: string, value: unknown): number {
  return tableSize(1) + textSize(key) + parsedSize(value);
}

const OBJECT = 40;

function textSize(text: string): number {
  const bytes = Buffer.byteLength(text);
  return bytes <= 23 ? OBJECT : OBJECT + bytes + 1;
}

function tableSize(count: number): number {
  if (count === 0) return OBJECT;
  return count <= 8 ? OBJECT + 128 : OBJECT + 56 + 32 * 2 ** Math.ceil(Math.log2(count));
}
