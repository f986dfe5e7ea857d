import type { CommandModule } from './command.ts';

/** A command as the help lists it. Its module is loaded only when it runs. */
export interface CommandEntry {
  readonly name: string;
  /** One line, without a full stop. */
  readonly summary: string;
  load(): Promise<CommandModule>;
}

/** In the order in which people meet them. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'demo',
    summary: 'run an example from pull request to image in a temporary folder, in about two minutes',
    load: () => import('./commands/demo.ts'),
  },
  {
    name: 'serve',
    summary: 'run the server that slipway.server.yaml configures',
    load: () => import('./commands/serve.ts'),
  },
  { name: 'status', summary: 'show stacks, pipelines and jobs', load: () => import('./commands/status.ts') },
  { name: 'trigger', summary: 'start a pipeline for a branch', load: () => import('./commands/trigger.ts') },
  {
    name: 'approve',
    summary: 'let a pull request from a fork run',
    load: () => import('./commands/approve.ts'),
  },
  { name: 'retry', summary: 'run ended jobs once more', load: () => import('./commands/retry.ts') },
  { name: 'play', summary: 'start a manual or delayed job', load: () => import('./commands/play.ts') },
  { name: 'cancel', summary: 'stop a job or a pipeline', load: () => import('./commands/cancel.ts') },
  {
    name: 'publish',
    summary: 'publish images again that could not be published',
    load: () => import('./commands/publish.ts'),
  },
  { name: 'logs', summary: 'print or follow the log of a job', load: () => import('./commands/logs.ts') },
  { name: 'quota', summary: 'show quotas, and block or unblock', load: () => import('./commands/quota.ts') },
  { name: 'audit', summary: 'show who did what, and what was refused', load: () => import('./commands/audit.ts') },
  { name: 'open', summary: 'open the server’s page', load: () => import('./commands/open.ts') },
  {
    name: 'doctor',
    summary: 'show what this machine has and lacks for building stacks',
    load: () => import('./commands/doctor.ts'),
  },
  {
    name: 'run',
    summary: 'run the pipeline of this folder here and now, without a server',
    load: () => import('./commands/run.ts'),
  },
  { name: 'plan', summary: 'show what would be built, and why', load: () => import('./commands/plan.ts') },
  {
    name: 'why',
    summary: 'show why a package is built again, down to the root cause',
    load: () => import('./commands/why.ts'),
  },
  {
    name: 'reproduce',
    summary: 'bring a failed job here and run it again',
    load: () => import('./commands/reproduce.ts'),
  },
  { name: 'mirror', summary: 'list, verify and index a mirror', load: () => import('./commands/mirror.ts') },
  {
    name: 'image',
    summary: 'plan, make, publish and verify images of a mirror',
    load: () => import('./commands/image.ts'),
  },
  {
    name: 'notary',
    summary: 'run the process with the signing keys alone, and check its log',
    load: () => import('./commands/notary.ts'),
  },
  { name: 'key', summary: 'create, import and export signing keys', load: () => import('./commands/key.ts') },
  {
    name: 'token',
    summary: 'create, list and revoke access tokens',
    load: () => import('./commands/token.ts'),
  },
  {
    name: 'hook',
    summary: 'make a git remote notify the server of every push',
    load: () => import('./commands/hook.ts'),
  },
  {
    name: 'lock',
    summary: 'in a job: lock a share of an environment’s roots',
    load: () => import('./commands/lock.ts'),
  },
  {
    name: 'generate',
    summary: 'in a job: write the lock and the child pipeline',
    load: () => import('./commands/generate.ts'),
  },
  { name: 'rebuild', summary: 'in a job: build one package and push it', load: () => import('./commands/rebuild.ts') },
];
