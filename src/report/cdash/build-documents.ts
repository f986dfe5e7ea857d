import { mostEvents, type LogEvent } from '../build/log-scan.ts';
import type { BuildRecord } from '../build/build-recorder.ts';
import type { RecordedTest } from '../build/test-parts.ts';
import { dateTime, minutesBetween, seconds, type BuildIdentity } from './build-identity.ts';
import { siteDocument } from './site-document.ts';
import { element, writeXml, type XmlElement } from '../xml.ts';

/** A file as CTest names it, with what it holds. */
export interface CdashDocument {
  readonly file: 'Update.xml' | 'Configure.xml' | 'Build.xml' | 'Test.xml' | 'Done.xml';
  readonly text: string;
}

export interface BuildReport {
  readonly identity: BuildIdentity;
  readonly record: BuildRecord;
  /** What was run for the package, in a line. */
  readonly command: string;
  /** Commit of what was built. */
  readonly revision: string;
}

/**
 * The report of one package in the order in which CTest sends it: a build always has an update, the rest as it came to
 * it.
 */
export function buildDocuments(report: BuildReport): readonly CdashDocument[] {
  const { record } = report;
  return [
    { file: 'Update.xml', text: updateDocument(report) },
    ...(record.configure === undefined ? [] : [configureDocument(report, record.configure)]),
    ...(record.build === undefined ? [] : [buildDocument(report, record.build)]),
    ...(record.testing === undefined ? [] : [testDocument(report, record.testing)]),
  ];
}

/** Tells CDash that nothing more comes for a build. `at`: milliseconds since 1970. */
export function doneDocument(buildId: string, at: number): CdashDocument {
  return {
    file: 'Done.xml',
    text: writeXml(element('Done', [element('buildId', buildId), element('time', seconds(at))])),
  };
}

function updateDocument({ identity, record, revision }: BuildReport): string {
  const { site, name, stamp, generator } = identity;
  const { began } = record;
  const content = [
    element('Site', site),
    element('BuildName', name),
    element('BuildStamp', stamp),
    element('StartDateTime', dateTime(began)),
    element('StartTime', seconds(began)),
    element('UpdateCommand', ''),
    element('UpdateType', 'GIT'),
    element('Revision', revision),
    element('EndDateTime', dateTime(began)),
    element('EndTime', seconds(began)),
    element('ElapsedMinutes', 0),
    element('UpdateReturnStatus', ''),
  ];
  return writeXml(element('Update', content, { mode: 'Client', Generator: generator }));
}

interface Span {
  readonly began: number;
  readonly ended: number;
}

function configureDocument(
  { identity, command }: BuildReport,
  phase: NonNullable<BuildRecord['configure']>,
): CdashDocument {
  const content = around('Configure', phase, [
    element('ConfigureCommand', command),
    element('Log', phase.log),
    element('ConfigureStatus', phase.hasFailed ? 1 : 0),
  ]);
  return { file: 'Configure.xml', text: siteDocument(identity, element('Configure', content)) };
}

function buildDocument({ identity, command }: BuildReport, phase: NonNullable<BuildRecord['build']>): CdashDocument {
  const content = around('Build', phase, [
    element('BuildCommand', command),
    ...phase.warnings.slice(0, mostEvents).map((event) => eventElement('Warning', event)),
    ...phase.errors.slice(0, mostEvents).map((event) => eventElement('Error', event)),
    element('Log', '', { Encoding: 'base64', Compression: 'bin/gzip' }),
  ]);
  return { file: 'Build.xml', text: siteDocument(identity, element('Build', content)) };
}

function eventElement(name: 'Warning' | 'Error', event: LogEvent): XmlElement {
  const { line, text, place, before, after, repeats } = event;
  const lines = (some: readonly string[]) => some.map((one) => `${one}\n`).join('');
  return element(name, [
    element('BuildLogLine', line),
    element('Text', text),
    element('SourceFile', place?.file ?? ''),
    element('SourceLineNumber', place === undefined ? '' : place.line),
    element('PreContext', lines(before)),
    element('PostContext', lines(after)),
    element('RepeatCount', repeats),
  ]);
}

function testDocument({ identity }: BuildReport, phase: NonNullable<BuildRecord['testing']>): CdashDocument {
  const list = phase.tests.map(({ name }) => element('Test', `./${name}`));
  const content = around('Test', phase, [element('TestList', list), ...phase.tests.map(testElement)]);
  return { file: 'Test.xml', text: siteDocument(identity, element('Testing', content)) };
}

function testElement(test: RecordedTest): XmlElement {
  const { name, description, command, status } = test;
  return element(
    'Test',
    [
      element('Name', name),
      element('Path', '.'),
      element('FullName', `./${name}`),
      element('FullCommandLine', command),
      element('Results', [
        ...(status === 'failed' ? [measurement('Exit Code', 'Failed')] : []),
        measurement('Execution Time', test.seconds),
        ...(description === undefined ? [] : [measurement('Description', description)]),
        measurement('Completion Status', status === 'notrun' ? 'Not run' : 'Completed'),
        measurement('Command Line', command),
        element('Measurement', [element('Value', test.output)]),
      ]),
    ],
    { Status: status },
  );
}

function measurement(name: string, value: string | number): XmlElement {
  const type = typeof value === 'number' ? 'numeric/double' : 'text/string';
  return element('NamedMeasurement', [element('Value', value)], { type, name });
}

/** A part begins and ends with its times; CTest calls them after it. */
function around(
  part: 'Configure' | 'Build' | 'Test',
  span: Span,
  content: readonly XmlElement[],
): readonly XmlElement[] {
  const { began, ended } = span;
  return [
    element('StartDateTime', dateTime(began)),
    element(`Start${part}Time`, seconds(began)),
    ...content,
    element('EndDateTime', dateTime(ended)),
    element(`End${part}Time`, seconds(ended)),
    element('ElapsedMinutes', minutesBetween(began, ended)),
  ];
}
