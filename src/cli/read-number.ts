import { InvalidArgumentError } from 'commander';

/** Reads the number that an option is given. */
export function readNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number.');
  if (value < 0) throw new InvalidArgumentError('It must not be negative.');
  return value;
}
