import { sha256 } from '../../src/kit/index.ts';
import { digestOf } from '../../src/oci/index.ts';
import { readLockfile, type Lockfile, type SpecNode } from '../../src/spack/index.ts';
import { makeBill, type Bill, type BillImage } from '../../src/image/records/bill.ts';
import type { PackageFacts } from '../../src/image/records/package-facts.ts';
import { fixture } from '../fixtures/spack/fixtures.ts';

const lockText = fixture('spack-0.23-tutorial/spack.lock');

/** A lock that Spack wrote: thirty roots, patches, externals. */
export const realLock = readLockfile(lockText, 'spack.lock');

/** A smaller one: eight roots. */
export const smallLock = readLockfile(fixture('spack-0.23-small/spack.lock'), 'spack.lock');

/** The bill of an image of such a lock. Its packages have facts, of each kind that recipes give. */
export function realBill(image: Partial<BillImage> = {}, lock: Lockfile = realLock): Bill {
  const nodes = [...lock.nodes.values()];
  return makeBill({
    lock,
    entries: new Map(nodes.map(({ hash }) => [hash, { tarball: { sha256: sha256(hash), size: 1000 } }])),
    facts: new Map(nodes.map((node, index) => [node.hash, factsOf(node, index)])),
    image: {
      name: 'registry.example.org:5000/lab/stack',
      digest: digestOf('an image'),
      locks: [sha256(lockText)],
      commit: 'c0ffee'.padEnd(40, '0'),
      source: 'https://git.example.org/lab/stack.git',
      base: { reference: 'debian:13-slim', digest: digestOf('a base') },
      ...image,
    },
    created: '2026-11-25T10:00:00Z',
    toolVersion: '0.1.0',
  });
}

function factsOf({ name, version }: SpecNode, index: number): PackageFacts {
  const source = { url: `https://example.org/${name}-${version}.tar.gz`, sha256: sha256(name) };
  const kinds: readonly PackageFacts[] = [
    { license: 'GPL-3.0-or-later WITH Autoconf-exception-3.0', homepage: 'https://example.org', source },
    {},
    { license: 'custom', source: { git: 'https://example.org/a.git', commit: 'f'.repeat(40) } },
    { license: 'Old BSD (revised)', description: 'Has “quotes” & signs', source: { sha256: source.sha256 } },
  ];
  return kinds[index % kinds.length] as PackageFacts;
}
