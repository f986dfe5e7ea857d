import type { CommandModule } from './command.ts';

/** A command as the help lists it; its module is read only when somebody asks for it. */
export interface CommandEntry {
  readonly name: string;
  /** One line, without a full stop. */
  readonly summary: string;
  load(): Promise<CommandModule>;
}

/** In the order in which people meet them. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'doctor',
    summary: 'tell what this machine has and lacks for building stacks',
    load: () => import('./commands/doctor.ts'),
  },
];
