/**
 * The doctor: which programs and features this machine has for building stacks, and what to do about the missing ones.
 * It asks the modules that use them, and changes nothing.
 */
export { inspectMachine, type PartReport } from './machine-parts.ts';
