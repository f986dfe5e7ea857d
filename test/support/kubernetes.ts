export const MANIFESTS = new URL('../../examples/kubernetes/jobs.yaml', import.meta.url);
export const JOBS_NAMESPACE = 'slipway-jobs';

/** A pod, or another object that Kubernetes stores. */
export interface Pod {
  metadata: { name: string; namespace: string; generateName?: string; labels?: object };
  spec?: {
    containers: readonly { readonly name: string; readonly image: string; readonly resources?: object }[];
    initContainers?: readonly object[];
  };
  status?: object;
}

/** What a runner requested of Kubernetes. */
export interface KubernetesRequests {
  /** Each kind of request once, as `verb resource`, in the order of the first ones. */
  readonly asked: ReadonlySet<string>;
  /** Those that its rights do not allow. */
  readonly refused: ReadonlySet<string>;
  /** Pods as it wanted to create them. */
  readonly pods: readonly Pod[];
  /** Names of the pods that are there now. */
  readonly stored: readonly string[];
}

/** The API of Kubernetes, for a runner with the rights of `examples/kubernetes/jobs.yaml`. */
export interface KubernetesUnderTest {
  readonly url: string;
  /** Of the runner. */
  readonly token: string;
  /** File with the certificate of the API; absent for plain HTTP. */
  readonly certificate?: string;
  requests(): Promise<KubernetesRequests>;
  close(): Promise<void>;
}

/** Returns the status of a pod all of whose containers run. */
export function runningStatus({ spec }: Pod): object {
  const at = '2026-01-01T00:00:00Z';
  const stateOf = (one: object, state: object) => ({ ...one, ready: true, started: true, restartCount: 0, state });
  const named = (containers: readonly object[] = []) =>
    (containers as readonly { name: string; image: string }[]).map(({ name, image }) => ({
      name,
      image,
      imageID: image,
    }));
  const ended = { terminated: { exitCode: 0, reason: 'Completed', startedAt: at, finishedAt: at } };
  return {
    phase: 'Running',
    conditions: ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map((type) => ({ type, status: 'True' })),
    initContainerStatuses: named(spec?.initContainers).map((one) => stateOf(one, ended)),
    containerStatuses: named(spec?.containers).map((one) => stateOf(one, { running: { startedAt: at } })),
  };
}
