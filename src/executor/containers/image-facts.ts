import type { ContainerClient } from './container-client.ts';

/** What an image says about itself. */
export interface ImageFacts {
  readonly id: string;
  /** Empty: root. */
  readonly user: string;
  /** TCP ports that its program listens on. */
  readonly ports: readonly number[];
}

/** Parts of `image inspect`. */
interface Inspected {
  readonly Id?: string;
  readonly Config?: { readonly User?: string; readonly ExposedPorts?: Readonly<Record<string, unknown>> | null };
}

/** Reads an image that is on this machine; undefined if it is not. */
export async function imageFacts(client: ContainerClient, image: string): Promise<ImageFacts | undefined> {
  const result = await client.attempt(['image', 'inspect', image]);
  if (!result.isSuccess) return undefined;
  const [found] = JSON.parse(result.text) as readonly Inspected[];
  const ports = Object.keys(found?.Config?.ExposedPorts ?? {}).flatMap((text) => {
    const [, port] = /^(\d+)(?:\/tcp)?$/.exec(text) ?? [];
    return port === undefined ? [] : [Number(port)];
  });
  return { id: found?.Id ?? '', user: found?.Config?.User ?? '', ports };
}
