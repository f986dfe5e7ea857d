import { mostEvents, type LogEvent } from '../build/log-scan.ts';
import type { BuildRecord } from '../build/build-recorder.ts';
import type { RecordedTest } from '../build/test-parts.ts';
import { dateTime, minutesBetween, seconds, type BuildIdentity } from './build-identity.ts';
import { element, writeXml, type XmlElement } from '../xml.ts';

/** A file as CTest names it, with what it holds. */
export interface CdashDocument {
  readonly file: string;
  readonly text: string;
}

export interface BuildReport {
  readonly identity: BuildIdentity;
  readonly record: BuildRecord;
  /** The command for the package, on one line. */
  readonly command: string;
  /** The commit that was built. */
  readonly revision: string;
}

/**
 * The report of one package in the order in which CTest sends it. A build always has an update; the other parts are
 * there if the build reached them.
 */
export function buildDocuments(report: BuildReport): readonly CdashDocument[] {
  const { configure, build, testing } = report.record;
  const documents = {
    'Update.xml': updateDocument(report),
    'Configure.xml': configure && configureDocument(report, configure),
    'Build.xml': build && buildDocument(report, build),
    'Test.xml': testing && testDocument(report, testing),
  };
  return Object.entries(documents).flatMap(([file, text]) => (text === undefined ? [] : [{ file, text }]));
}

/** The document that ends the report of a build. `at`: milliseconds since 1970. */
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

type Phase<Name extends 'configure' | 'build' | 'testing'> = NonNullable<BuildRecord[Name]>;

interface Span {
  readonly began: number;
  readonly ended: number;
}

function configureDocument({ identity, command }: BuildReport, phase: Phase<'configure'>): string {
  return siteDocument(
    identity,
    'Configure',
    around('Configure', phase, [
      element('ConfigureCommand', command),
      element('Log', phase.log),
      element('ConfigureStatus', phase.hasFailed ? 1 : 0),
    ]),
  );
}

function buildDocument({ identity, command }: BuildReport, phase: Phase<'build'>): string {
  return siteDocument(
    identity,
    'Build',
    around('Build', phase, [
      element('BuildCommand', command),
      ...phase.warnings.slice(0, mostEvents).map((event) => eventElement('Warning', event)),
      ...phase.errors.slice(0, mostEvents).map((event) => eventElement('Error', event)),
      element('Log', '', { Encoding: 'base64', Compression: 'bin/gzip' }),
    ]),
  );
}

function eventElement(name: 'Warning' | 'Error', event: LogEvent): XmlElement {
  const { line, text, position, before, after, repeats } = event;
  const lines = (some: readonly string[]) => some.map((one) => `${one}\n`).join('');
  return element(name, [
    element('BuildLogLine', line),
    element('Text', text),
    element('SourceFile', position?.file ?? ''),
    // CDash's schema takes a number or nothing.
    ...(position === undefined ? [] : [element('SourceLineNumber', position.line)]),
    element('PreContext', lines(before)),
    element('PostContext', lines(after)),
    element('RepeatCount', repeats),
  ]);
}

function testDocument({ identity }: BuildReport, phase: Phase<'testing'>): string {
  const list = phase.tests.map(({ name }) => element('Test', `./${name}`));
  const content = around('Test', phase, [element('TestList', list), ...phase.tests.map(testElement)]);
  return siteDocument(identity, 'Testing', content);
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

/** The document around one part of a report: `Site` with what CTest reports of build and machine. */
function siteDocument(build: BuildIdentity, part: string, content: readonly XmlElement[]): string {
  const { name: BuildName, stamp: BuildStamp, site: Name, generator: Generator, compiler, host } = build;
  const { name: CompilerName = '', version: CompilerVersion = '' } = compiler ?? {};
  const attributes = { BuildName, BuildStamp, Name, Generator, CompilerName, CompilerVersion, ...host };
  return writeXml(element('Site', [element(part, content)], attributes));
}
