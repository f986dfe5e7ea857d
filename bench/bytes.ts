import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { AwsV4Signer } from 'aws4fetch';
import { digestFile } from '../src/kit/index.ts';
import { layoutRepository, openLayout } from '../src/oci/index.ts';
import { startDockerRegistry } from '../test/support/docker-registry.ts';
import { startMinio } from '../test/support/minio.ts';
import { findPart } from '../test/support/part.ts';
import { measuredEnvironment, median } from './measure.ts';
import type { BenchReport } from './report.ts';

type Figures = Record<string, number>;

const SIZE = 256 * 2 ** 20;
const ROUNDS = 5;

/** What is moved: random bytes in a file, as a compressed package is. */
interface Parcel {
  readonly file: string;
  readonly sha256: string;
}

/**
 * A server that is measured, and how it is asked. `put` gives a body a new name each time where the server would skip
 * it.
 */
interface Subject {
  readonly pid: number;
  readonly get: () => Promise<number>;
  /** Absent where nothing can be pushed. */
  readonly put?: (round: number) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/**
 * CPU seconds that a server takes to move a gigabyte, in and out: our gateway beside MinIO, our registry beside
 * docker-registry. `first` is the first transfer of a fresh process (cold), the rest the median of those after it
 * (warm); the file is in the page cache in both.
 */
export async function bytes(): Promise<BenchReport> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-bench-bytes-'));
  try {
    const parcel = await writeParcel(join(folder, 'parcel'));
    const gateway = await measure(await ourGateway(join(folder, 'gateway'), parcel), 'gateway');
    const registry = await measure(await ourRegistry(join(folder, 'registry'), parcel), 'registry');
    const peers: Record<string, Figures> = {};
    const skipped: string[] = [];
    const minio = findPart('minio');
    if (minio === undefined) skipped.push('MinIO: `minio` is not on PATH');
    else peers['MinIO'] = await measure(await theirGateway(minio, join(folder, 'minio'), parcel), 'gateway');
    const docker = findPart('docker-registry');
    if (docker === undefined) skipped.push('docker-registry: it is not on PATH');
    else
      peers['docker-registry'] = await measure(await theirRegistry(docker, join(folder, 'docker'), parcel), 'registry');
    const figures = { ...gateway, ...registry, ...ratios({ ...gateway, ...registry }, peers) };
    return { figures, peers, limits: limitsOf(figures), skipped };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** How much more CPU time ours takes, warm. */
function ratios(ours: Figures, { MinIO: minio, 'docker-registry': docker }: Record<string, Figures>): Figures {
  const beside = (name: string, theirs: Figures | undefined): Figures =>
    theirs === undefined ? {} : { [`${name}Ratio`]: (ours[name] ?? NaN) / (theirs[name] ?? NaN) };
  return {
    ...beside('gatewayGetCpuPerGb', minio),
    ...beside('gatewayPutCpuPerGb', minio),
    ...beside('registryGetCpuPerGb', docker),
  };
}

function limitsOf(figures: Figures): BenchReport['limits'] {
  const most = { gatewayGetCpuPerGbRatio: 2.5, gatewayPutCpuPerGbRatio: 2, registryGetCpuPerGbRatio: 2.5 };
  return Object.fromEntries(
    Object.entries(most).flatMap(([name, limit]) => (name in figures ? [[name, { most: limit }]] : [])),
  );
}

async function writeParcel(file: string): Promise<Parcel> {
  const block = randomBytes(2 ** 20);
  const blocks = Array.from({ length: SIZE / block.length }, () => block);
  await pipeline(Readable.from(blocks), createWriteStream(file));
  return { file, sha256: (await digestFile(file)).sha256 };
}

async function measure(subject: Subject, name: string): Promise<Figures> {
  try {
    const put = subject.put === undefined ? undefined : await costs(subject.pid, subject.put);
    const get = await costs(subject.pid, async () => {
      const size = await subject.get();
      if (size !== SIZE) throw new Error(`${name} sent ${size} bytes`);
    });
    return { ...figuresOf(`${name}Get`, get), ...(put === undefined ? {} : figuresOf(`${name}Put`, put)) };
  } finally {
    await subject.stop();
  }
}

async function costs(pid: number, transfer: (round: number) => Promise<void>): Promise<readonly number[]> {
  const found: number[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const before = cpuSeconds(pid);
    await transfer(round);
    found.push(cpuSeconds(pid) - before);
  }
  return found;
}

function figuresOf(name: string, [first = NaN, ...rest]: readonly number[]): Figures {
  const perGigabyte = 2 ** 30 / SIZE;
  return { [`${name}CpuPerGb`]: median(rest) * perGigabyte, [`${name}FirstCpuPerGb`]: first * perGigabyte };
}

/** proc(5), `stat` fields 14 and 15; ticks are 10 ms on Linux. */
function cpuSeconds(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function ours(folder: string): Promise<{ url: string; pid: number; stop: () => Promise<void> }> {
  const child = fileURLToPath(new URL('bytes-server.mts', import.meta.url));
  const words = ['--import', import.meta.resolve('tsx'), child, folder];
  const server = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'], env: measuredEnvironment() });
  const [line] = (await once(server.stdout, 'data')) as [Buffer];
  const stop = async (): Promise<void> => {
    server.kill();
    await once(server, 'exit');
  };
  return { url: line.toString().trim(), pid: server.pid as number, stop };
}

async function ourGateway(folder: string, parcel: Parcel): Promise<Subject> {
  const { url, pid, stop } = await ours(folder);
  const object = `${url}/s3/stack/blobs/sha256/${parcel.sha256.slice(0, 2)}/${parcel.sha256}`;
  const keys = { accessKeyId: 'bench', secretAccessKey: 'secret' };
  // The blob is received and hashed each time, whether it is there or not.
  return { pid, stop, ...s3Calls(keys, () => object, parcel) };
}

async function theirGateway(binary: string, folder: string, parcel: Parcel): Promise<Subject> {
  const minio = await startMinio(binary, folder);
  return { ...minio, ...s3Calls(minio, (round) => `${minio.endpoint}/stack/object${round}`, parcel) };
}

function s3Calls(
  keys: { readonly accessKeyId: string; readonly secretAccessKey: string },
  urlOf: (round: number) => string,
  parcel: Parcel,
): Required<Pick<Subject, 'get' | 'put'>> {
  const signed = async (method: string, url: string, headers: Record<string, string>) => {
    const signer = new AwsV4Signer({ ...keys, method, url, headers, service: 's3', region: 'us-east-1' });
    return Object.fromEntries((await signer.sign()).headers);
  };
  return {
    get: async () => sizeOf(await send('GET', urlOf(0), { headers: await signed('GET', urlOf(0), {}) })),
    put: async (round) => {
      const claim = { 'x-amz-content-sha256': parcel.sha256 };
      const headers = await signed('PUT', urlOf(round), claim);
      await sizeOf(await send('PUT', urlOf(round), { headers, file: parcel.file }));
    },
  };
}

/** Nothing can be pushed to ours: images are published into its folder. */
async function ourRegistry(folder: string, { file, sha256 }: Parcel): Promise<Subject> {
  const { url, pid, stop } = await ours(folder);
  const target = layoutRepository(await openLayout(join(folder, 'layout')), 'lab/stack');
  const digest = `sha256:${sha256}`;
  const descriptor = { mediaType: 'application/octet-stream', digest, size: SIZE };
  await target.putBlob({ descriptor, open: async () => createReadStream(file) });
  const get = async () => sizeOf(await send('GET', `${url}/v2/lab/stack/blobs/${digest}`));
  return { pid, stop, get };
}

async function theirRegistry(binary: string, folder: string, { file, sha256 }: Parcel): Promise<Subject> {
  await mkdir(folder, { recursive: true });
  const { host, pid, stop } = await startDockerRegistry(binary, folder);
  const base = `http://${host}/v2/lab/stack/blobs`;
  return {
    pid,
    stop,
    get: async () => sizeOf(await send('GET', `${base}/sha256:${sha256}`)),
    put: async () => {
      const begun = await send('POST', `${base}/uploads/`);
      await sizeOf(begun);
      await sizeOf(await send('PUT', `${begun.headers.location}&digest=sha256:${sha256}`, { file }));
    },
  };
}

async function send(
  method: string,
  url: string,
  { headers = {}, file }: { headers?: Record<string, string>; file?: string } = {},
): Promise<IncomingMessage> {
  const length = file === undefined ? {} : { 'content-length': String(SIZE) };
  const call = request(url, { method, headers: { ...headers, ...length } });
  const answered = once(call, 'response') as Promise<[IncomingMessage]>;
  if (file === undefined) call.end();
  else createReadStream(file, { highWaterMark: 2 ** 20 }).pipe(call);
  const [response] = await answered;
  if ((response.statusCode ?? 500) >= 300) throw new Error(`${method} ${url} was answered ${response.statusCode}`);
  return response;
}

/** Reads an answer to its end. */
async function sizeOf(response: IncomingMessage): Promise<number> {
  let size = 0;
  for await (const chunk of response) size += (chunk as Buffer).length;
  return size;
}
