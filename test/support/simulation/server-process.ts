import { Database } from '../../../src/store/index.ts';
import type { Random } from './random.ts';

/** Thrown by whatever a process does at the moment of its death, and after it. */
export class Killed extends Error {}

/** One life of the server, from a start to a crash. Its steps are writes to its store and calls to the forge. */
export class ServerProcess {
  readonly database: Database;
  isDead = false;
  #stepsLeft = Number.POSITIVE_INFINITY;

  constructor(path: string) {
    this.database = new Database(path);
    // The process dies, not the machine.
    this.database.run('PRAGMA synchronous = OFF');
    this.database.onWrite(() => this.step());
  }

  /** Counts a step. The process dies at its last one; what was written before stays. */
  step(): void {
    if (this.isDead) throw new Killed('the server is dead');
    this.#stepsLeft -= 1;
    if (this.#stepsLeft >= 0) return;
    this.kill();
    throw new Killed('the server died');
  }

  dieAfter(steps: number): void {
    this.#stepsLeft = steps;
  }

  kill(): void {
    if (!this.isDead) this.database.close();
    this.isDead = true;
  }
}

/** How many steps a process lives: often few, so that starts are cut off as well. */
export function lifetime(random: Random): number {
  return random.chance(0.5) ? random.between(0, 40) : random.between(30, 250);
}
