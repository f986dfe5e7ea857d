import { XMLParser } from 'fast-xml-parser';
import { describe, expect, test } from 'vitest';
import { BuildRecorder } from '../build/build-recorder.ts';
import { buildDocuments, doneDocument } from './build-documents.ts';
import { describeHost } from './host-description.ts';

const NOW = Date.UTC(2026, 10, 25, 10, 43, 7);
const LOG = `
==> reef: Executing phase: 'configure'
checking for water... yes
==> reef: Executing phase: 'build'
reef.c:2:18: warning: unused variable
undefined reference to coral
==> Testing package reef-1.0
==> [2026-11-25-10:43:00.000001] test: wet: has water
==> [2026-11-25-10:43:00.000002] 'reef' '--water'
PASSED: Reef::wet
==> [2026-11-25-10:43:01.000001] test: deep: is deep
FAILED: Reef::deep: too shallow`;

async function documents() {
  const recorder = new BuildRecorder({ now: () => NOW });
  for (const line of LOG.trim().split('\n')) recorder.add(line);
  const identity = {
    site: 'lab',
    name: 'reef@1.0',
    stamp: '20261125-1043-Nightly',
    generator: 'slipway-1.0.0',
    host: await describeHost(),
  };
  const record = recorder.finish({ message: 'no', phase: 'build' });
  const built = buildDocuments({ identity, record, command: 'slipway rebuild reef', revision: 'c0ffee' });
  return new Map([...built, doneDocument('7', NOW)].map(({ file, text }) => [file, text]));
}

/** A document without the attributes of `Site`. */
async function bare(file: string): Promise<string> {
  return ((await documents()).get(file) ?? '').replace(/<Site [^>]*>/, '<Site>');
}

type Node = Readonly<Record<string, unknown>>;

/** The elements of a document in their order, indented, with the names of their attributes. */
function outline(xml: string): string {
  const parser = new XMLParser({ preserveOrder: true, ignoreAttributes: false, attributeNamePrefix: '' });
  const lines = (nodes: readonly Node[], indent: string): readonly string[] =>
    nodes.flatMap((node) => {
      const [name = ''] = Object.keys(node);
      if (name === '#text' || name.startsWith('?')) return [];
      const attributes = Object.keys((node[':@'] ?? {}) as Node).map((one) => ` @${one}`);
      return [`${indent}${name}${attributes.join('')}`, ...lines(node[name] as readonly Node[], `${indent}  `)];
    });
  return lines(parser.parse(xml) as readonly Node[], '').join('\n');
}

/** CDash's schemas (`app/Validators/Schemas`) ask for these elements and attributes, most of them in this order. */
describe('the elements and attributes of a report', () => {
  test.each(['Configure.xml', 'Build.xml', 'Test.xml'])('of the site in %s', async (file) => {
    const [site = ''] = outline((await documents()).get(file) ?? '').split('\n');
    expect(site.split(' ')).toMatchInlineSnapshot(`
      [
        "Site",
        "@BuildName",
        "@BuildStamp",
        "@Name",
        "@Generator",
        "@CompilerName",
        "@CompilerVersion",
        "@OSName",
        "@Hostname",
        "@OSRelease",
        "@OSVersion",
        "@OSPlatform",
        "@Is64Bits",
        "@VendorString",
        "@VendorID",
        "@FamilyID",
        "@ModelID",
        "@ProcessorCacheSize",
        "@NumberOfLogicalCPU",
        "@NumberOfPhysicalCPU",
        "@TotalVirtualMemory",
        "@TotalPhysicalMemory",
        "@LogicalProcessorsPerPhysical",
        "@ProcessorClockFrequency",
      ]
    `);
  });

  test('of the update', async () => {
    expect(outline((await documents()).get('Update.xml') ?? '')).toMatchInlineSnapshot(`
      "Update @mode @Generator
        Site
        BuildName
        BuildStamp
        StartDateTime
        StartTime
        UpdateCommand
        UpdateType
        Revision
        EndDateTime
        EndTime
        ElapsedMinutes
        UpdateReturnStatus"
    `);
  });

  test('of the configuration', async () => {
    expect(outline(await bare('Configure.xml'))).toMatchInlineSnapshot(`
      "Site
        Configure
          StartDateTime
          StartConfigureTime
          ConfigureCommand
          Log
          ConfigureStatus
          EndDateTime
          EndConfigureTime
          ElapsedMinutes"
    `);
  });

  test('of the build: a line that names no place in the sources has no line number', async () => {
    expect(outline(await bare('Build.xml'))).toMatchInlineSnapshot(`
      "Site
        Build
          StartDateTime
          StartBuildTime
          BuildCommand
          Warning
            BuildLogLine
            Text
            SourceFile
            SourceLineNumber
            PreContext
            PostContext
            RepeatCount
          Error
            BuildLogLine
            Text
            SourceFile
            PreContext
            PostContext
            RepeatCount
          Log @Encoding @Compression
          EndDateTime
          EndBuildTime
          ElapsedMinutes"
    `);
  });

  test('of the tests', async () => {
    expect(outline(await bare('Test.xml'))).toMatchInlineSnapshot(`
      "Site
        Testing
          StartDateTime
          StartTestTime
          TestList
            Test
            Test
          Test @Status
            Name
            Path
            FullName
            FullCommandLine
            Results
              NamedMeasurement @type @name
                Value
              NamedMeasurement @type @name
                Value
              NamedMeasurement @type @name
                Value
              NamedMeasurement @type @name
                Value
              Measurement
                Value
          Test @Status
            Name
            Path
            FullName
            FullCommandLine
            Results
              NamedMeasurement @type @name
                Value
              NamedMeasurement @type @name
                Value
              NamedMeasurement @type @name
                Value
              NamedMeasurement @type @name
                Value
              NamedMeasurement @type @name
                Value
              Measurement
                Value
          EndDateTime
          EndTestTime
          ElapsedMinutes"
    `);
  });

  test('of the end', async () => {
    expect(outline((await documents()).get('Done.xml') ?? '')).toMatchInlineSnapshot(`
      "Done
        buildId
        time"
    `);
  });
});

test('every number of the machine is one, whatever the processor is', async () => {
  const { FamilyID, ModelID, ProcessorCacheSize, NumberOfLogicalCPU, Is64Bits } = await describeHost();
  for (const one of [FamilyID, ModelID, ProcessorCacheSize, NumberOfLogicalCPU, Is64Bits])
    expect(one).toSatisfy(Number.isSafeInteger);
});
