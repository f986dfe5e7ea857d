import type { Mount } from './mounts.ts';

interface SandboxParts {
  readonly mounts: readonly Mount[];
  readonly network: 'slot' | 'none';
  /** The folder in which the command starts. */
  readonly folder: string;
  /** Descriptor of the filter of system calls. */
  readonly filter: number;
}

/** The files of an image, which are all that its programs see. */
export interface ImageParts {
  /** Folder with the files; it is written to. */
  readonly root: string;
  readonly user: { readonly uid: number; readonly gid: number };
  /** The whole environment. */
  readonly variables: ReadonlyMap<string, string>;
  /** The folder in which the command starts. */
  readonly folder: string;
  readonly filter: number;
}

/**
 * Builds sandboxes. All have the same properties: user, mount, process, IPC and host name namespaces of their own; a
 * root that has nothing but its mounts, `/proc` and a small `/dev`; no new privileges; the filter of system calls; and
 * no capability but CAP_SETFCAP, without which root cannot map itself into the user namespace of a build
 * (user_namespaces(7)). The command has the caller's user, group and environment, and is in the caller's process group.
 * All of its processes end with it, and it ends with its parent.
 */
export interface Mechanism {
  readonly name: 'bwrap' | 'perl';
  /** Returns the words that run a command in a sandbox. The caller has to ignore SIGTERM; the command does not. */
  words(parts: SandboxParts, command: readonly string[]): readonly string[];
  /** Returns the words that run a program of an image, without a network. All of its processes end with SIGTERM. */
  imageWords(image: ImageParts, command: readonly string[]): readonly string[];
}
