/**
 * How much memory GitLab takes a parsed pipeline to need, in bytes: it adds up what Ruby's objects occupy and refuses a
 * file beyond `max_yaml_size_bytes`, 2 MiB unless an administrator changes it. An estimate after the sizes of Ruby 3:
 * 40 bytes an object, texts beyond 23 bytes and lists beyond three entries apart from that, mappings by the size of
 * their tables.
 */
export function parsedSize(value: unknown): number {
  if (typeof value === 'string') return textSize(value);
  if (Array.isArray(value)) {
    const cells = value.length <= 3 ? 0 : 8 * value.length;
    return value.reduce<number>((sum, item) => sum + parsedSize(item), OBJECT + cells);
  }
  if (typeof value !== 'object' || value === null) return 0;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return entries.reduce((sum, [key, inner]) => sum + textSize(key) + parsedSize(inner), tableSize(entries.length));
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
