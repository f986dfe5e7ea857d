import type { Socket } from 'node:net';
import type { JobResponse } from '../../protocol/index.ts';
import type { Environment } from '../shells/job-shell.ts';

/** An address of the loopback interface that jobs can connect to. */
export interface JobListener {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** Whether the address may be missing, as `::1` on machines without IPv6. */
  readonly isOptional?: true;
}

/** A job whose processes open connections. */
export interface ConnectedJob {
  readonly id: number;
  readonly trust: JobResponse['trust'];
  /** Name of the project. */
  readonly project: string;
  /** Writes a line to the job's log. */
  readonly print: (line: string) => void;
}

/** All that jobs in a sandbox reach. Each slot has these listeners in a network namespace of its own. */
export interface JobNetwork {
  readonly listeners: readonly JobListener[];
  /** Variables by which programs find the proxy. They win over those of the job. */
  readonly variables: Environment;
  /** Variables of jobs that do not set them themselves. */
  readonly defaults: Environment;
  /** Returns a job with the addresses by which it reaches the server from here; without it they are as they came. */
  adapt?(job: JobResponse): JobResponse;
  /**
   * Serves a connection to the listener of that name. Called for several jobs at once. The caller destroys the socket
   * when the job ends.
   */
  serve(socket: Socket, connection: { readonly listener: string; readonly job: ConnectedJob }): void;
}
