import type { TestCase } from '../protocol/index.ts';
import { decodeEntities } from './xml.ts';

/** The counts of JUnit files. */
export interface TestSummary {
  readonly total: number;
  readonly failed: number;
  readonly errored: number;
  readonly skipped: number;
  /** Seconds, summed over the cases. */
  readonly seconds: number;
  /** The first of the failed and errored cases. */
  readonly failures: readonly { readonly suite: string; readonly name: string; readonly message: string }[];
}

const KEPT = 50;
const LONGEST = 500;

type Element = Readonly<Record<string, unknown>>;

/**
 * Reads JUnit XML: the form that GitLab reads (https://docs.gitlab.com/ci/testing/unit_test_reports/), `testsuites`,
 * nested `testsuite` and `testcase`. The totals of suites are ignored. Throws for text that is no XML, or holds no
 * suite.
 */
export async function readJunit(text: string): Promise<readonly TestCase[]> {
  // Jobs import this module to write reports, and read none.
  const { XMLParser } = await import('fast-xml-parser');
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    cdataPropName: '#cdata',
    parseTagValue: false,
    parseAttributeValue: false,
    processEntities: false,
    isArray: (name) => name === 'testsuite' || name === 'testcase',
  });
  const document = parser.parse(text, true) as Element;
  const root = (document['testsuites'] ?? document) as Element;
  if (document['testsuites'] === undefined && root['testsuite'] === undefined)
    throw new Error('it holds neither `testsuites` nor `testsuite`');
  return casesOf(root, '');
}

/** Counts test cases, and keeps the first failures. */
export function summarizeTests(cases: readonly TestCase[]): TestSummary {
  const count = (status: TestCase['status']) => cases.filter((one) => one.status === status).length;
  const bad = cases.filter(({ status }) => status === 'failed' || status === 'errored');
  return {
    total: cases.length,
    failed: count('failed'),
    errored: count('errored'),
    skipped: count('skipped'),
    seconds: cases.reduce((total, { seconds = 0 }) => total + seconds, 0),
    failures: bad.slice(0, KEPT).map(({ suite, name, message = '' }) => ({ suite, name, message })),
  };
}

function casesOf(parent: Element, suite: string): readonly TestCase[] {
  const own = elements(parent['testcase']).map((element) => testCase(element, suite));
  const nested = elements(parent['testsuite']).flatMap((child) => casesOf(child, textOf(child['@name']) ?? suite));
  return [...own, ...nested];
}

function testCase(element: Element, suite: string): TestCase {
  const fault = first(element['failure'] ?? element['error']);
  const seconds = Number(element['@time']);
  const message = fault === undefined ? undefined : messageOf(fault);
  const parts = [textOf(fault), textOf(element['system-out']), textOf(element['system-err'])];
  const output = parts.filter((part) => part !== undefined && part.trim() !== '' && part.trim() !== message);
  return {
    suite: (textOf(element['@classname']) ?? suite).slice(0, LONGEST),
    name: (textOf(element['@name']) ?? '').slice(0, LONGEST),
    status: statusOf(element),
    seconds: seconds > 0 ? seconds : undefined,
    message: message?.slice(0, LONGEST),
    output: output.length === 0 ? undefined : output.join('\n'),
  };
}

function statusOf(element: Element): TestCase['status'] {
  if ('failure' in element) return 'failed';
  if ('error' in element) return 'errored';
  return 'skipped' in element ? 'skipped' : 'passed';
}

function messageOf(fault: unknown): string {
  const given = typeof fault === 'object' ? textOf((fault as Element)['@message']) : undefined;
  return (given ?? textOf(fault) ?? '').trim();
}

/** Returns the text of an attribute or element, of repeated elements that of the first. */
function textOf(value: unknown): string | undefined {
  const one = first(value);
  if (typeof one === 'string') return decodeEntities(one);
  if (typeof one !== 'object' || one === null) return undefined;
  const { '#text': text, '#cdata': raw } = one as Element;
  const parts = [typeof text === 'string' ? decodeEntities(text) : '', ...[raw].flat().filter(isText)];
  return parts.some((part) => part !== '') ? parts.join('') : undefined;
}

function first(value: unknown): unknown {
  return Array.isArray(value) ? (value as unknown[])[0] : value;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function elements(value: unknown): readonly Element[] {
  return Array.isArray(value)
    ? value.map((one) => (typeof one === 'object' && one !== null ? (one as Element) : {}))
    : [];
}
