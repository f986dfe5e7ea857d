/** The counts of a JUnit file. */
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
 * nested `testsuite` and `testcase`. Cases are counted; the totals of suites are ignored. Throws for text that is
 * no XML, or holds no suite.
 */
export async function readJunit(text: string): Promise<TestSummary> {
  // Jobs import this module to write reports, and read none.
  const { XMLParser } = await import('fast-xml-parser');
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    parseAttributeValue: false,
    processEntities: false,
    isArray: (name) => name === 'testsuite' || name === 'testcase',
  });
  const document = parser.parse(text, true) as Element;
  const root = (document['testsuites'] ?? document) as Element;
  if (document['testsuites'] === undefined && root['testsuite'] === undefined)
    throw new Error('it holds neither `testsuites` nor `testsuite`');
  return summarize(casesOf(root, ''));
}

/** Several files of one job as one. */
export function addSummaries(summaries: readonly TestSummary[]): TestSummary {
  const sum = (of: (one: TestSummary) => number) => summaries.reduce((total, one) => total + of(one), 0);
  return {
    total: sum(({ total }) => total),
    failed: sum(({ failed }) => failed),
    errored: sum(({ errored }) => errored),
    skipped: sum(({ skipped }) => skipped),
    seconds: sum(({ seconds }) => seconds),
    failures: summaries.flatMap(({ failures }) => failures).slice(0, KEPT),
  };
}

interface TestCase {
  readonly suite: string;
  readonly element: Element;
}

function casesOf(parent: Element, suite: string): readonly TestCase[] {
  const own = elements(parent['testcase']).map((element) => ({ suite, element }));
  const nested = elements(parent['testsuite']).flatMap((child) => casesOf(child, textOf(child['@name']) ?? suite));
  return [...own, ...nested];
}

function summarize(cases: readonly TestCase[]): TestSummary {
  const has = (name: string) => cases.filter(({ element }) => name in element);
  const bad = cases.filter(({ element }) => 'failure' in element || 'error' in element);
  return {
    total: cases.length,
    failed: has('failure').length,
    errored: bad.length - has('failure').length,
    skipped: has('skipped').length,
    seconds: cases.reduce((total, { element }) => total + (Number(element['@time']) || 0), 0),
    failures: bad.slice(0, KEPT).map(({ suite, element }) => ({
      suite: (textOf(element['@classname']) ?? suite).slice(0, LONGEST),
      name: (textOf(element['@name']) ?? '').slice(0, LONGEST),
      message: messageOf(element['failure'] ?? element['error']).slice(0, LONGEST),
    })),
  };
}

function messageOf(fault: unknown): string {
  const [first] = Array.isArray(fault) ? (fault as unknown[]) : [fault];
  if (typeof first !== 'object' || first === null) return (textOf(first) ?? '').trim();
  const { '@message': message, '#text': text } = first as Element;
  return (textOf(message) ?? textOf(text) ?? '').trim();
}

/** The parser returns texts as strings; an empty or repeated tag is something else. */
function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function elements(value: unknown): readonly Element[] {
  return Array.isArray(value)
    ? value.map((one) => (typeof one === 'object' && one !== null ? (one as Element) : {}))
    : [];
}
