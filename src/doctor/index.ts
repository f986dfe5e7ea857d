/**
 * The doctor: which programs and features this machine has for building stacks, and what to do about the missing ones.
 * It uses the checks of the modules that need them, and changes nothing.
 */
export { inspectMachine } from './machine-parts.ts';
export type { PartReport } from './part-report.ts';
