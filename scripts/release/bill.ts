import { execa } from 'execa';
import type { BundledPackage } from '../third-party-licenses.ts';
import type { Architecture } from './pack.ts';

/** A component of a CycloneDX 1.5 bill of materials, as `npm sbom` writes it. */
export interface Component {
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly [property: string]: unknown;
}

export interface Bill {
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
}

/** Reads the bill of all packages in the lock of a checkout, those for development included. */
export async function readBill(checkout: string): Promise<Bill> {
  // Vite sets NODE_ENV to production, with which npm leaves development packages out.
  const words = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only', '--include', 'dev'];
  const { stdout } = await execa('npm', words, { cwd: checkout });
  return JSON.parse(stdout) as Bill;
}

interface Contents {
  readonly bundled: readonly BundledPackage[];
  readonly arch?: Architecture;
  readonly more?: readonly Component[];
}

/**
 * Returns the CycloneDX bill of materials of the npm package: what is bundled into it, what is installed beside it (for
 * an architecture, if one is named) and `more`.
 */
export function writeBill(bill: Bill, { bundled, arch, more = [] }: Contents): string {
  const isFor = (name: string): boolean =>
    arch === undefined || !name.startsWith('@libsql/') || name === `@libsql/linux-${arch}-gnu`;
  const inside = new Set(bundled.map(({ name, version }) => `${name}@${version}`));
  const components = bill.components.filter(
    ({ name, version, properties }) => inside.has(`${name}@${version}`) || (!isDevelopment(properties) && isFor(name)),
  );
  const { component } = bill.metadata;
  const metadata = { ...bill.metadata, component: { ...component, name: 'slipway', type: 'application' } };
  const { dependencies: _, ...rest } = bill as Bill & { dependencies: unknown };
  return `${JSON.stringify({ ...rest, metadata, components: [...components, ...more] }, undefined, 2)}\n`;
}

function isDevelopment(properties: unknown): boolean {
  return JSON.stringify(properties ?? []).includes('"cdx:npm:package:development"');
}
