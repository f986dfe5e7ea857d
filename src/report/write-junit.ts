import type { BuildRecord } from './build/build-recorder.ts';
import { element, writeXml, type XmlElement } from './xml.ts';

/** The outcome of one package. */
export interface BuildOutcome {
  /** `name@version /hash`, as its job is called. */
  readonly title: string;
  /** Absent if nothing was built. */
  readonly record?: BuildRecord;
  /** Why nothing was built: where the package was already. */
  readonly present?: string;
}

interface Case {
  readonly name: string;
  readonly seconds: number;
  readonly fault?: { readonly kind: 'failure' | 'error' | 'skipped'; readonly message: string; readonly text: string };
}

/** Lines of errors that stand in a failure. */
const LINES = 20;

/**
 * JUnit XML of builds, in the form that GitLab, Jenkins and others read: a suite for each package, in it a case for
 * each phase and each test.
 */
export function writeJunit(outcomes: readonly BuildOutcome[]): string {
  return writeXml(element('testsuites', outcomes.map(suiteOf)));
}

function suiteOf(outcome: BuildOutcome): XmlElement {
  const cases = casesOf(outcome);
  const count = (kind: string) => cases.filter(({ fault }) => fault?.kind === kind).length;
  const time = cases.reduce((sum, { seconds }) => sum + seconds, 0);
  const attributes = { failures: count('failure'), errors: count('error'), skipped: count('skipped') };
  return element(
    'testsuite',
    cases.map((one) => caseElement(outcome.title, one)),
    { name: outcome.title, tests: cases.length, ...attributes, time: time.toFixed(3) },
  );
}

function casesOf({ record, present }: BuildOutcome): readonly Case[] {
  if (record === undefined) {
    const message = present === undefined ? 'not built' : `already on ${present}`;
    return [{ name: 'build', seconds: 0, fault: { kind: 'skipped', message, text: '' } }];
  }
  const { configure, build, testing, failure } = record;
  const phases = Object.entries({ configure, build }).flatMap(([name, phase]) => {
    if (phase === undefined) return [];
    const text = phase.errors.slice(0, LINES).map((event) => event.text);
    const message = failure?.split('\n', 1)[0] ?? '';
    const fault = { kind: 'error', message, text: text.join('\n') } as const;
    return [{ name, seconds: secondsOf(phase), ...(phase.hasFailed ? { fault } : {}) }];
  });
  const tests = (testing?.tests ?? []).map(({ name, status, seconds, output }): Case => {
    if (status === 'passed') return { name, seconds };
    const kind = status === 'failed' ? 'failure' : 'skipped';
    return { name, seconds, fault: { kind, message: lastLine(output), text: output } };
  });
  // Tests can fail without one of them being at fault, and a build after its last phase: in packing, in pushing.
  const isReported = [...phases, ...tests].some((one) => 'fault' in one && one.fault?.kind !== 'skipped');
  const rest: readonly Case[] =
    failure === undefined || isReported
      ? []
      : [
          {
            name: 'rebuild',
            seconds: 0,
            fault: { kind: 'error', message: failure.split('\n', 1)[0] ?? '', text: failure },
          },
        ];
  return [...phases, ...tests, ...rest];
}

function caseElement(title: string, { name, seconds, fault }: Case): XmlElement {
  const content =
    fault === undefined
      ? []
      : fault.kind === 'skipped'
        ? [element('skipped', '', { message: fault.message })]
        : [element(fault.kind, fault.text, { message: fault.message })];
  return element('testcase', content, { classname: title, name, time: seconds.toFixed(3) });
}

function secondsOf({ began, ended }: { began: number; ended: number }): number {
  return Math.max(0, ended - began) / 1000;
}

function lastLine(text: string): string {
  return text.split('\n').findLast((line) => line.trim() !== '') ?? '';
}
