import { quoteForShell } from '../shells/shell.ts';
import type { ImageParts, Mechanism } from './mechanism.ts';
import { mountsOf, type SandboxView } from './mounts.ts';

interface SandboxPlan {
  readonly view: SandboxView;
  /** File with the filter of system calls. */
  readonly filter: string;
  /** Shell text that comes first. */
  readonly before?: string;
}

/** Returns shell text that replaces the shell by a program of an image. `filter`: file with the filter of system calls. */
export function imageCommand(
  mechanism: Mechanism,
  { filter, ...image }: Omit<ImageParts, 'filter'> & { readonly filter: string },
  command: readonly string[],
): string {
  const words = mechanism.imageWords({ ...image, filter: FILTER_DESCRIPTOR }, command).map(quoteForShell);
  return `exec ${words.join(' ')} ${FILTER_DESCRIPTOR}<${quoteForShell(filter)}`;
}

const FILTER_DESCRIPTOR = 9;

/**
 * Returns shell text that replaces the shell by a command in a sandbox. Nothing of the command's environment may have
 * been set yet: a variable such as LD_PRELOAD would act before the sandbox is there.
 */
export function sandboxCommand(mechanism: Mechanism, plan: SandboxPlan, command: readonly string[]): string {
  const { view, filter, before = '' } = plan;
  const { network, folder } = view;
  const parts = { mounts: mountsOf(view), network, folder, filter: FILTER_DESCRIPTOR };
  const words = mechanism.words(parts, command).map(quoteForShell);
  return `${before === '' ? '' : `${before}; `}trap '' TERM; exec ${words.join(' ')} ${FILTER_DESCRIPTOR}<${quoteForShell(filter)}`;
}
