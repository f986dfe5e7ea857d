import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';

const CONTENT = 'planted\n';
/** Up from a job's project to the folder of all workspaces, and further. */
const CLIMB = '../../';

/** Makes a zip archive whose entry climbs two folders up. */
export async function climbingZip(name: string): Promise<Buffer> {
  const plain = `aa/bb/${name}`;
  const zip = new ZipFile();
  zip.addBuffer(Buffer.from(CONTENT), plain, { compress: false, mtime: new Date(0) });
  zip.end();
  const text = (await buffer(zip.outputStream)).toString('latin1');
  // The library refuses such a name: one of the same length takes its place, in both headers.
  return Buffer.from(text.replaceAll(plain, `${CLIMB}${name}`), 'latin1');
}

/** Unpacks the entry of such an archive where its name says (APPNOTE, 4.3.7: the name begins at byte 30). */
export async function extractTrustfully(zip: Buffer, folder: string): Promise<void> {
  const [nameLength, extraLength] = [zip.readUInt16LE(26), zip.readUInt16LE(28)];
  const path = join(folder, zip.toString('latin1', 30, 30 + nameLength));
  const start = 30 + nameLength + extraLength;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, zip.subarray(start, start + CONTENT.length));
}
