import type { Server, Socket } from 'node:net';
import type { Environment } from '../shells/job-shell.ts';
import type { ConnectedJob, JobNetwork } from './job-network.ts';

/** Connections that the processes of a job may hold open at once to each listener. */
const MOST_CONNECTIONS = 256;

/**
 * The listeners of one slot, and the connections of the job that has it. `enter` when a job begins, `leave` when it has
 * ended, `close` once, when the slot's namespace is gone.
 */
export class SlotNetwork {
  readonly #network: JobNetwork;
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  #job: ConnectedJob | undefined;

  constructor(network: JobNetwork) {
    this.#network = network;
  }

  /** Returns the environment of a job, with what the network adds. */
  extend(environment: Environment): Environment {
    const { variables, defaults } = this.#network;
    return { ...defaults, ...environment, ...variables };
  }

  /** Takes over a listening socket that was opened in the namespace. */
  listen(name: string, server: Server): void {
    this.#servers.push(server);
    server.maxConnections = MOST_CONNECTIONS;
    server.on('connection', (socket) => this.#serve(socket, name));
  }

  /** From now on connections belong to this job. */
  enter(job: ConnectedJob): void {
    this.#job = job;
  }

  /** Ends the connections of the job; until another one enters, none is served. */
  leave(): void {
    this.#job = undefined;
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.leave();
    for (const server of this.#servers.splice(0)) server.close();
  }

  #serve(socket: Socket, listener: string): void {
    socket.on('error', () => undefined);
    const job = this.#job;
    if (job === undefined) {
      socket.destroy();
      return;
    }
    // What a job sends may end before the answer does.
    socket.allowHalfOpen = true;
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    this.#network.serve(socket, { listener, job });
  }
}
