import type { BuildIdentity } from './build-identity.ts';
import { element, writeXml, type XmlElement } from '../xml.ts';

/** The document around one part of a report: `Site` with all that CTest says of build and machine. */
export function siteDocument(build: BuildIdentity, part: XmlElement): string {
  const { name: BuildName, stamp: BuildStamp, site: Name, generator: Generator, compiler, host } = build;
  const CompilerName = compiler?.name ?? '';
  const CompilerVersion = compiler?.version ?? '';
  return writeXml(
    element('Site', [part], { BuildName, BuildStamp, Name, Generator, CompilerName, CompilerVersion, ...host }),
  );
}
