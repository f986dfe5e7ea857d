import { ProgramResult } from './program-result.ts';

/** A program that could not be started, or that failed. */
export class ProgramError extends Error {
  /** Of the system call that did not start the program: `ENOENT` where there is no such program. */
  readonly code: string | undefined = undefined;
  readonly result: ProgramResult | undefined = undefined;

  constructor(program: string, failure: ProgramResult | Error) {
    if (failure instanceof ProgramResult) {
      super(`\`${program}\`: ${failure.reason}`);
      this.result = failure;
    } else {
      const { message, code } = failure as NodeJS.ErrnoException;
      const reason = code === 'ENOENT' ? 'it was not found' : `it could not be started: ${message}`;
      super(`\`${program}\`: ${reason}`, { cause: failure });
      this.code = code;
    }
    this.name = 'ProgramError';
  }
}
