import type { CommandModule } from './command.ts';
import type { CommandName } from './help/examples.ts';

/** Headings of the list of commands, in this order. */
type CommandGroup =
  | 'On this machine'
  | 'The server'
  | 'Mirrors and images'
  | 'Keys and access'
  | 'Inside jobs'
  | 'More';

/** A command as the help lists it. Its module is loaded only when it runs. */
export interface CommandEntry {
  readonly name: string;
  /** Heading of the list of commands that it is below. */
  readonly group?: CommandGroup;
  /** One line, without a full stop. */
  readonly summary: string;
  /** Whether it runs Spack, or jobs that can. Its environment then names the Spack that `slipway spack install` installed. */
  readonly usesSpack?: true;
  load(): Promise<CommandModule>;
}

/** A command without a group, or without examples in `help/examples.ts`, is a type error. */
type ListedCommand = CommandEntry & { readonly name: CommandName; readonly group: CommandGroup };

/** Within a group in the order in which people meet them. */
export const commands: readonly ListedCommand[] = [
  {
    name: 'demo',
    group: 'On this machine',
    summary: 'run an example from pull request to image in a temporary folder, in about two minutes',
    usesSpack: true,
    load: () => import('./commands/demo.ts'),
  },
  {
    name: 'init',
    group: 'On this machine',
    summary: 'set up the repository in this folder',
    load: () => import('./commands/init.ts'),
  },
  {
    name: 'doctor',
    group: 'On this machine',
    summary: 'show what this machine has and lacks for building stacks',
    usesSpack: true,
    load: () => import('./commands/doctor.ts'),
  },
  {
    name: 'spack',
    group: 'On this machine',
    summary: 'install Spack with its solver, list and remove it',
    usesSpack: true,
    load: () => import('./commands/spack.ts'),
  },
  {
    name: 'run',
    group: 'On this machine',
    summary: 'run the pipeline of this folder here and now, without a server',
    usesSpack: true,
    load: () => import('./commands/run.ts'),
  },
  {
    name: 'plan',
    group: 'On this machine',
    summary: 'show what would be built, and why',
    usesSpack: true,
    load: () => import('./commands/plan.ts'),
  },
  {
    name: 'why',
    group: 'On this machine',
    summary: 'show why a package is built again, down to the root cause',
    usesSpack: true,
    load: () => import('./commands/why.ts'),
  },
  {
    name: 'reproduce',
    group: 'On this machine',
    summary: 'bring a failed job here and run it again',
    usesSpack: true,
    load: () => import('./commands/reproduce.ts'),
  },
  {
    name: 'serve',
    group: 'The server',
    summary: 'run the server that slipway.server.yaml configures',
    usesSpack: true,
    load: () => import('./commands/serve.ts'),
  },
  {
    name: 'status',
    group: 'The server',
    summary: 'show stacks, pipelines and jobs',
    load: () => import('./commands/status.ts'),
  },
  {
    name: 'jobs',
    group: 'The server',
    summary: 'list the jobs of a pipeline',
    load: () => import('./commands/jobs.ts'),
  },
  {
    name: 'runner',
    group: 'The server',
    summary: 'create, list, pause and remove runners, or be one on this machine',
    load: () => import('./commands/runner.ts'),
  },
  {
    name: 'trigger',
    group: 'The server',
    summary: 'start a pipeline for a branch',
    load: () => import('./commands/trigger.ts'),
  },
  {
    name: 'approve',
    group: 'The server',
    summary: 'let a pull request from a fork run',
    load: () => import('./commands/approve.ts'),
  },
  {
    name: 'retry',
    group: 'The server',
    summary: 'run ended jobs once more',
    load: () => import('./commands/retry.ts'),
  },
  {
    name: 'play',
    group: 'The server',
    summary: 'start a manual or delayed job',
    load: () => import('./commands/play.ts'),
  },
  {
    name: 'cancel',
    group: 'The server',
    summary: 'stop a job or a pipeline',
    load: () => import('./commands/cancel.ts'),
  },
  {
    name: 'publish',
    group: 'The server',
    summary: 'publish images again that could not be published',
    load: () => import('./commands/publish.ts'),
  },
  {
    name: 'logs',
    group: 'The server',
    summary: 'print or follow the log of a job',
    load: () => import('./commands/logs.ts'),
  },
  {
    name: 'quota',
    group: 'The server',
    summary: 'show quotas, and block or unblock',
    load: () => import('./commands/quota.ts'),
  },
  {
    name: 'audit',
    group: 'The server',
    summary: 'show who did what, and what was refused',
    load: () => import('./commands/audit.ts'),
  },
  {
    name: 'notify',
    group: 'The server',
    summary: 'show destinations of notifications, and send a test message',
    load: () => import('./commands/notify.ts'),
  },
  {
    name: 'open',
    group: 'The server',
    summary: 'open the server’s page',
    load: () => import('./commands/open.ts'),
  },
  {
    name: 'mirror',
    group: 'Mirrors and images',
    summary: 'list, verify and index a mirror',
    usesSpack: true,
    load: () => import('./commands/mirror.ts'),
  },
  {
    name: 'image',
    group: 'Mirrors and images',
    summary: 'plan, make, publish and verify images of a mirror',
    usesSpack: true,
    load: () => import('./commands/image.ts'),
  },
  {
    name: 'login',
    group: 'Keys and access',
    summary: 'store a server and an access token for it',
    load: () => import('./commands/login.ts'),
  },
  {
    name: 'logout',
    group: 'Keys and access',
    summary: 'remove a stored server and its token',
    load: () => import('./commands/logout.ts'),
  },
  {
    name: 'notary',
    group: 'Keys and access',
    summary: 'run the process with the signing keys alone, and check its log',
    load: () => import('./commands/notary.ts'),
  },
  {
    name: 'key',
    group: 'Keys and access',
    summary: 'create, import and export signing keys',
    load: () => import('./commands/key.ts'),
  },
  {
    name: 'token',
    group: 'Keys and access',
    summary: 'create, list and revoke access tokens',
    load: () => import('./commands/token.ts'),
  },
  {
    name: 'hook',
    group: 'Keys and access',
    summary: 'make a git remote notify the server of every push',
    load: () => import('./commands/hook.ts'),
  },
  {
    name: 'forge',
    group: 'Keys and access',
    summary: 'connect the server to GitHub with a GitHub App',
    load: () => import('./commands/forge.ts'),
  },
  {
    name: 'slurm',
    group: 'The server',
    summary: 'run the scripts of gitlab-runner’s jobs on Slurm',
    load: () => import('./commands/slurm.ts'),
  },
  {
    name: 'lock',
    group: 'Inside jobs',
    summary: 'lock a share of an environment’s roots',
    usesSpack: true,
    load: () => import('./commands/lock.ts'),
  },
  {
    name: 'generate',
    group: 'Inside jobs',
    summary: 'write the lock and the child pipeline',
    usesSpack: true,
    load: () => import('./commands/generate.ts'),
  },
  {
    name: 'rebuild',
    group: 'Inside jobs',
    summary: 'build one package and push it',
    usesSpack: true,
    load: () => import('./commands/rebuild.ts'),
  },
  {
    name: 'completion',
    group: 'More',
    summary: 'print a script that completes commands in a shell',
    load: () => import('./commands/completion.ts'),
  },
];
