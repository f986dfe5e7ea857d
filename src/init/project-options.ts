import type { ProjectKind } from './project-kind.ts';

/** A file that is to be written, by its path in the repository. */
export interface ProjectFile {
  readonly path: string;
  readonly text: string;
}

export const ciSystems = ['none', 'gitlab', 'github'] as const;
export type CiSystem = (typeof ciSystems)[number];

export interface ProjectOptions {
  readonly kind: ProjectKind;
  /** Name of the stack and of its image. */
  readonly name: string;
  /** Whether a server on this machine is configured. */
  readonly server: boolean;
  readonly ci: CiSystem;
}
