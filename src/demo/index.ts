/**
 * The demo: an example stack taken from a pull request to an image that runs, twice, on a server of its own. It pushes
 * and watches as a person would, and measures what came out. It contains no part of a server, and prints only through
 * its caller.
 */
export { demoReport, type DemoReport } from './demo-report.ts';
export { createDemoRepository } from './demo-repository.ts';
export { demoStack, playDemo } from './play-demo.ts';
