import type { Lookup } from '../expression.ts';
import { Spot } from '../fault-list.ts';
import type { FaultList } from '../fault-list.ts';
import { Reference } from '../reference.ts';
import type { YamlKey } from '../yaml-places.ts';
import type { InputValue } from './input-specs.ts';
import { applyFunction } from './interpolation-functions.ts';

const BLOCK = /\$\[\[(.*?)\]\]/gs;
const MAX_FUNCTIONS = 3;
const MAX_TEXT = 1_000_000;

export interface InterpolationSetting {
  readonly inputs: ReadonlyMap<string, InputValue>;
  readonly lookup: Lookup;
  /** Complaints of the file that is interpolated. */
  readonly faults: FaultList;
}

/**
 * Puts inputs in place of `$[[ inputs.x ]]` in every key and text of a file (https://docs.gitlab.com/ci/inputs/). A text that is
 * one block and nothing else becomes the input's value, of whatever type. Shared parts are done once and stay shared.
 */
export class Interpolator {
  /** Top-level keys as written, by what they became. */
  readonly written = new Map<string, string>();
  readonly #setting: InterpolationSetting;
  readonly #done = new Map<object, unknown>();

  constructor(setting: InterpolationSetting) {
    this.#setting = setting;
  }

  interpolate(value: unknown, path: readonly YamlKey[] = []): unknown {
    if (typeof value === 'string') return value.includes('$[[') ? this.#text(value, path) : value;
    if (typeof value !== 'object' || value === null) return value;
    if (this.#done.has(value)) return this.#done.get(value);
    this.#done.set(value, value);
    const result = this.#collection(value, path);
    this.#done.set(value, result);
    return result;
  }

  #collection(value: object, path: readonly YamlKey[]): unknown {
    if (value instanceof Reference) return new Reference(value.path.map((part) => this.interpolate(part, path)));
    if (Array.isArray(value)) return value.map((item, index) => this.interpolate(item, [...path, index]));
    const entries = Object.entries(value).map(([key, item]) => {
      const name = String(this.interpolate(key, [...path, key]));
      if (path.length === 0 && name !== key) this.written.set(name, key);
      return [name, this.interpolate(item, [...path, key])] as const;
    });
    return Object.fromEntries(entries);
  }

  #text(text: string, path: readonly YamlKey[]): unknown {
    const whole = /^\s*\$\[\[((?:(?!\]\]).)*)\]\]\s*$/s.exec(text);
    if (whole !== null) return this.#block(whole[1] as string, path) ?? text;
    let length = text.length;
    return text.replace(BLOCK, (_, block: string) => {
      const shown = show(this.#block(block, path) ?? '');
      length += shown.length;
      return length > MAX_TEXT ? (this.#fault(block, path, 'makes its text too long') ?? '') : shown;
    });
  }

  #block(block: string, path: readonly YamlKey[]): InputValue | undefined {
    const [access = '', ...calls] = block.split('|');
    if (/^\s*matrix\./.test(access)) return `$[[${block}]]`;
    const name = /^\s*inputs\.([\w-]+)\s*$/.exec(access)?.[1];
    let value = name === undefined ? undefined : this.#setting.inputs.get(name);
    if (value === undefined) return this.#fault(block, path, 'names no input of this file');
    if (calls.length > MAX_FUNCTIONS) return this.#fault(block, path, `has more than ${MAX_FUNCTIONS} functions`);
    for (const call of calls) {
      const result = applyFunction(call, value, this.#setting.lookup);
      if ('fault' in result) return this.#fault(block, path, result.fault);
      value = result.value;
    }
    return value;
  }

  #fault(block: string, path: readonly YamlKey[], reason: string): undefined {
    const [owner = '', ...rest] = path;
    new Spot(this.#setting.faults, [String(owner)]).at(rest).error('GITLAB_INTERPOLATION_INVALID', {
      block: block.trim(),
      reason,
    });
  }
}

function show(value: InputValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
