import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve, type ServerType } from '@hono/node-server';
import { execa, execaSync } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '../../src/kit/index.ts';
import { silentLogger } from '../support/silent-logger.ts';
import { folderStore } from '../../src/mirror/index.ts';
import type { GatewayPort } from '../../src/server/gateway/gateway-port.ts';
import { gatewayRoutes } from '../../src/server/gateway/gateway.ts';
import type { MirrorGrant } from '../../src/coordinator/index.ts';
import { findPart } from '../support/part.ts';
import { removeFolder } from '../support/remove-folder.ts';

const python = findPart('python3');
const hasBoto3 = python !== undefined && execaSync(python, ['-c', 'import boto3'], { reject: false }).exitCode === 0;
if (python !== undefined && !hasBoto3) process.stderr.write('skipped: the Python module `boto3` cannot be imported\n');

const HASH = 'abcdefghijklmnopqrstuvwxyz234567';
const MANIFEST = `pr/7/v3/manifests/spec/zlib/zlib-1.3.1-${HASH}.spec.manifest.json`;
const grant: MirrorGrant = {
  job: '42',
  buckets: ['stack'],
  readPrefixes: ['', 'pr/7/'],
  writePrefix: 'pr/7/',
  hashes: new Set([HASH]),
};
const TEXT = 'slipway!'.repeat(500_000);
const BLOB = `pr/7/blobs/sha256/${sha256(TEXT).slice(0, 2)}/${sha256(TEXT)}`;
const SMALL_BLOB = `pr/7/blobs/sha256/${sha256('good').slice(0, 2)}/${sha256('good')}`;

/** What Spack does with an S3 mirror, call by call; prints what came back. */
const SCRIPT = `
import boto3, io, json, re, sys, tempfile, urllib.request
from botocore.config import Config
from botocore.exceptions import ClientError
manifest, blob, small, text = sys.argv[1], sys.argv[2], sys.argv[3], "slipway!" * 500000
client = boto3.client("s3")
late, meddling = (boto3.client("s3", endpoint_url=url) for url in sys.argv[4:6])
def code(call, **arguments):
    try:
        call(Bucket="stack", **arguments)
        return "done"
    except ClientError as error:
        return error.response["Error"]["Code"]
out = {}
with tempfile.NamedTemporaryFile() as file:
    file.write(text.encode()); file.flush()
    client.upload_file(file.name, "stack", blob, ExtraArgs={"ContentType": "application/octet-stream"})
client.put_object(Bucket="stack", Key=manifest, Body=io.BytesIO(b'{"version":3}'))
out["size"] = client.head_object(Bucket="stack", Key=blob)["ContentLength"]
out["same"] = client.get_object(Bucket="stack", Key=blob)["Body"].read().decode() == text
out["range"] = client.get_object(Bucket="stack", Key=blob, Range="bytes=8-15")["Body"].read().decode()
out["manifest"] = client.get_object(Bucket="stack", Key=manifest)["Body"].read().decode()
pages = client.get_paginator("list_objects_v2").paginate(Bucket="stack", Prefix="pr/7/", PaginationConfig={"PageSize": 1})
out["keys"] = [item["Key"] for page in pages for item in page.get("Contents", [])]
out["location"] = client.get_bucket_location(Bucket="stack")["LocationConstraint"]
out["again"] = code(client.put_object, Key=blob, Body=text.encode())
out["conditional"] = code(client.put_object, Key=blob, Body=text.encode(), IfNoneMatch="*")
out["missing"] = code(client.get_object, Key="v3/none")
out["headMissing"] = code(client.head_object, Key="v3/none")
out["delete"] = code(client.delete_object, Key=blob)
out["kept"] = client.head_object(Bucket="stack", Key=blob)["ContentLength"]
out["deleteOthers"] = code(client.delete_object, Key=blob.replace("pr/7", "pr/8"))
out["index"] = code(client.put_object, Key="pr/7/v3/manifests/index/index.manifest.json", Body=b"x")
out["others"] = code(client.list_objects_v2, Prefix="pr/8/")
out["wrong"] = code(client.put_object, Key=blob[:-1] + "0", Body=b"x")
def presign(method, seconds=3600, endpoint=None, version="s3v4"):
    signer = boto3.client("s3", endpoint_url=endpoint, config=Config(signature_version=version))
    return signer.generate_presigned_url(method, Params={"Bucket": "stack", "Key": manifest}, ExpiresIn=seconds)
def answer(url, **arguments):
    try:
        return urllib.request.urlopen(urllib.request.Request(url, **arguments)).read().decode()
    except urllib.error.HTTPError as error:
        return f"{error.code} " + re.search("<Code>(.*)</Code>", error.read().decode())[1]
signed = presign("get_object", 3600)
out["presigned"] = answer(signed)
out["presignedTampered"] = answer(signed.replace("X-Amz-Expires=3600", "X-Amz-Expires=36000"))
out["presignedForOthers"] = answer(signed.replace(manifest, "v3/layout.json"))
out["presignedOtherMethod"] = answer(signed, method="PUT", data=b"x")
out["presignedPut"] = answer(presign("put_object"), method="PUT", data=b"x")
out["presignedTooLong"] = answer(presign("get_object", 604801))
out["presignedExpired"] = answer(presign("get_object", 60, sys.argv[4]))
out["presignedVersion2"] = answer(presign("get_object", version="s3"))
out["late"] = code(late.get_object, Key=manifest)
out["keyChanged"] = code(meddling.get_object, Key="v3/none")
out["bodyChanged"] = code(meddling.put_object, Key=small, Body=b"good")
out["bodyChangedKept"] = code(client.head_object, Key=small)
stranger = boto3.client("s3", aws_secret_access_key="guess", aws_access_key_id="AKJOB")
out["secret"] = code(stranger.get_object, Key="v3/none")
stranger = boto3.client("s3", aws_secret_access_key="guess", aws_access_key_id="AKNOBODY")
out["unknown"] = code(stranger.get_object, Key="v3/none")
print(json.dumps(out))
`;

describe.skipIf(!hasBoto3)('boto3, as Spack uses it', () => {
  let folder: string;
  const servers: ServerType[] = [];
  let [endpoint, late, meddling] = ['', '', ''];

  async function start(answer: (request: Request) => Response | Promise<Response>): Promise<string> {
    return new Promise((resolve) => {
      const server = serve({ fetch: answer, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
        resolve(`http://127.0.0.1:${port}/s3`),
      );
      servers.push(server);
    });
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-boto3-'));
    const store = folderStore(join(folder, 'mirror'), { durable: false });
    const port: GatewayPort = {
      credentials: async (id) => (id === 'AKJOB' ? { secretAccessKey: 'secret', grant } : undefined),
      store: () => store,
      acceptManifest: (_grant, key, text) => store.put(key, Buffer.from(text)),
      scratch: join(folder, 'scratch'),
      kept: join(folder, 'kept'),
      log: silentLogger,
    };
    const app = gatewayRoutes(port);
    endpoint = await start(app.fetch);
    // The same a day later, and with an attacker in between who changes what passes.
    late = await start(gatewayRoutes({ ...port, clock: { now: () => Date.now() + 86_400_000 } }).fetch);
    meddling = await start(async (request) => {
      if (request.method === 'GET')
        return app.fetch(new Request(request.url.replace('v3/none', 'v3/layout.json'), request));
      const { method, headers } = request;
      const body = (await request.text()).replace('good', 'evil');
      return app.fetch(new Request(request.url, { method, headers, body }));
    });
  });
  afterAll(async () => {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    await removeFolder(folder);
  });

  test('it pushes, reads and lists, and is refused in the words of S3', async () => {
    const env = {
      AWS_ACCESS_KEY_ID: 'AKJOB',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_ENDPOINT_URL_S3: endpoint,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      no_proxy: '127.0.0.1',
    };
    const words = ['-c', SCRIPT, MANIFEST, BLOB, SMALL_BLOB, late, meddling];
    const { stdout } = await execa(python ?? 'python3', words, { env });
    expect(JSON.parse(stdout)).toEqual({
      size: TEXT.length,
      same: true,
      range: 'slipway!',
      manifest: '{"version":3}',
      keys: [BLOB, MANIFEST],
      location: null,
      again: 'done',
      conditional: 'PreconditionFailed',
      missing: 'NoSuchKey',
      headMissing: '404',
      // Spack removes what it is about to push: it gets a success, and nothing is removed.
      delete: 'done',
      kept: TEXT.length,
      deleteOthers: 'AccessDenied',
      index: 'AccessDenied',
      others: 'AccessDenied',
      wrong: 'BadDigest',
      presigned: '{"version":3}',
      presignedTampered: '403 SignatureDoesNotMatch',
      presignedForOthers: '403 SignatureDoesNotMatch',
      presignedOtherMethod: '403 SignatureDoesNotMatch',
      presignedPut: '403 AccessDenied',
      presignedTooLong: '400 AuthorizationQueryParametersError',
      presignedExpired: '403 AccessDenied',
      presignedVersion2: '400 InvalidRequest',
      late: 'RequestTimeTooSkewed',
      keyChanged: 'SignatureDoesNotMatch',
      // Its own checksum came along.
      bodyChanged: 'BadDigest',
      bodyChangedKept: '404',
      secret: 'SignatureDoesNotMatch',
      unknown: 'InvalidAccessKeyId',
    });
  });
});
