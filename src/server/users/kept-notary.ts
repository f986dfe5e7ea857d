import { createHash, randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { dataFolder, type ServerSettings } from '../../coordinator/index.ts';
import type { Logger } from '../../kit/index.ts';
import { startRequest } from '../notary/notary-link.ts';
import { NotaryProcess } from '../notary/notary-process.ts';
import type { NotaryAddress } from '../socket-keeper.ts';
import type { SeparateUsers } from './separate-users.ts';
import { variablesOf } from './system-user.ts';

interface KeptNotaryOptions {
  readonly users: SeparateUsers;
  readonly entry: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: Logger;
}

/**
 * The notary of a server that root started. The parent of both keeps it running, as a user whose processes and files
 * the server cannot reach. They share a socket in a folder of its own, which the group of the server may enter.
 */
export class KeptNotary {
  readonly #options: KeptNotaryOptions;
  readonly #folder: string;
  readonly #token = randomBytes(32).toString('hex');
  #settings: ServerSettings;
  #process: NotaryProcess;

  constructor(settings: ServerSettings, options: KeptNotaryOptions) {
    this.#options = options;
    const name = createHash('sha256').update(settings.configuration.data).digest('hex').slice(0, 12);
    // Only root may write to the folder above, so no other user can put another one there.
    this.#folder = `/run/slipway-${name}`;
    this.#settings = settings;
    this.#process = this.#processFor(settings);
  }

  /** Where the server finds it. */
  get address(): NotaryAddress {
    return { url: `unix:${this.#socket}`, token: this.#token };
  }

  async start(): Promise<void> {
    const { uid, gid } = this.#options.users.notary;
    await mkdir(this.#folder, { recursive: true, mode: 0o750 });
    await chown(this.#folder, uid, gid);
    await chmod(this.#folder, 0o750);
    await this.#process.start();
  }

  /** Starts it again with changed settings; if that fails, as it was before. */
  async replace(settings: ServerSettings): Promise<void> {
    await this.#process.stop();
    try {
      this.#process = this.#processFor(settings);
      await this.#process.start();
      this.#settings = settings;
    } catch (error) {
      this.#process = this.#processFor(this.#settings);
      await this.#process.start();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.#process.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  get #socket(): string {
    return join(this.#folder, 'socket');
  }

  #processFor(settings: ServerSettings): NotaryProcess {
    const { users, env, ...options } = this.#options;
    const folder = dataFolder(settings.configuration.data);
    const listener = { token: this.#token, listen: `unix:${this.#socket}`, socketAccess: 'group' } as const;
    const request = startRequest({ settings, folder, env }, listener);
    return new NotaryProcess({ ...options, user: users.notary, env: variablesOf(users.notary, env), request });
  }
}
