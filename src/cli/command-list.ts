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
  { name: 'plan', summary: 'tell what would be built, and why', load: () => import('./commands/plan.ts') },
  { name: 'generate', summary: 'in a job: lock and child pipeline', load: () => import('./commands/generate.ts') },
  { name: 'rebuild', summary: 'in a job: build one package and push it', load: () => import('./commands/rebuild.ts') },
  { name: 'mirror', summary: 'list, verify and index a mirror', load: () => import('./commands/mirror.ts') },
  { name: 'key', summary: 'create, import and export signing keys', load: () => import('./commands/key.ts') },
];
