import { existsSync, readFileSync } from 'node:fs';
import * as z from 'zod';
import { atomicWrite } from '../../kit/index.ts';
import type { StackConfiguration } from '../configuration/stack-configuration.ts';
import { ownerKey, type QuotaOwner } from './quota-owner.ts';

/** A block of a stack, an author or a pull request, set by a person. */
const Block = z.object({
  kind: z.enum(['stack', 'author', 'request']),
  stack: z.string(),
  name: z.string(),
  reason: z.string(),
  by: z.string(),
  since: z.string(),
});
type Block = z.infer<typeof Block>;

/** Stacks, as far as their configuration limits them. */
export interface LimitedStacks {
  readonly stacks: ReadonlyMap<string, { readonly configuration: Pick<StackConfiguration, 'quotas' | 'blocked'> }>;
}

/**
 * The kill switch: what is blocked by an action, in a file of the data folder, and what the configuration blocks.
 * Blocks last until they are removed, also over restarts.
 */
export class Blocks {
  readonly #file: string;
  #blocks: readonly Block[];

  /** Throws if the file is damaged: a block must not be lost unnoticed. */
  constructor(file: string) {
    this.#file = file;
    this.#blocks = existsSync(file) ? z.array(Block).parse(JSON.parse(readFileSync(file, 'utf8'))) : [];
  }

  ofStack(stack: string): readonly Block[] {
    return this.#blocks.filter((one) => one.stack === stack);
  }

  async add(block: Block): Promise<void> {
    await this.#save([...this.#without(block), block]);
  }

  /** False if it was not blocked. */
  async remove(owner: QuotaOwner): Promise<boolean> {
    const left = this.#without(owner);
    if (left.length === this.#blocks.length) return false;
    await this.#save(left);
    return true;
  }

  /** Returns why an owner is blocked; undefined if it is not. */
  reasonOf(owner: QuotaOwner, { stacks }: LimitedStacks): string | undefined {
    const found = this.#blocks.find((one) => ownerKey(one) === ownerKey(owner));
    if (found !== undefined) return `by ${found.by}: ${found.reason}`;
    const { blocked } = stacks.get(owner.stack)?.configuration ?? {};
    const names = owner.kind === 'author' ? blocked?.authors : blocked?.requests;
    const isBlocked = owner.kind === 'stack' ? blocked?.stack : names?.includes(owner.name);
    return isBlocked === true ? 'by the configuration of the server' : undefined;
  }

  #without(owner: QuotaOwner): readonly Block[] {
    return this.#blocks.filter((one) => ownerKey(one) !== ownerKey(owner));
  }

  async #save(blocks: readonly Block[]): Promise<void> {
    await atomicWrite(this.#file, `${JSON.stringify(blocks, null, 2)}\n`, { mode: 0o600 });
    this.#blocks = blocks;
  }
}
