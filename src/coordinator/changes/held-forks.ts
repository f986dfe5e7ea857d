import type { PullRequest } from '../../forge/index.ts';
import { currentTime, type CoordinatorContext } from '../context.ts';
import type { RequestRecord } from '../requests/request-ledger.ts';
import { statusContext } from '../status/status-report.ts';
import { noForkRunner, pipelineOfHead } from './forks.ts';
import { trustOfRequest } from './trust.ts';

type HeldContext = Pick<CoordinatorContext, 'stacks' | 'ledger' | 'pipelines' | 'takesUntrusted' | 'clock'>;

/** Takes up the requests of forks that were held because no runner took them, once one does. */
export class HeldForks {
  readonly #context: HeldContext;
  /** Stacks whose forks some runner took at the last look. */
  #able: ReadonlySet<string> = new Set();

  constructor(context: HeldContext) {
    this.#context = context;
  }

  /** Returns the stacks with requests that are to be handled now: their events are stored again. */
  takeUp(): readonly string[] {
    const { stacks, takesUntrusted } = this.#context;
    const able = [...stacks.keys()].filter((stack) => takesUntrusted(stack));
    const became = able.filter((stack) => !this.#able.has(stack));
    this.#able = new Set(able);
    return became.filter((stack) => this.#storeAgain(stack));
  }

  #storeAgain(stack: string): boolean {
    const { ledger } = this.#context;
    const held = ledger.requests(stack).filter((request) => this.#isHeld(request));
    const events = held.map(
      (request) => ({ type: 'pull-request-updated', pullRequest: pullRequestOf(request) }) as const,
    );
    if (events.length > 0)
      ledger.receive(stack, { refs: ledger.knownRefs(stack), events, at: currentTime(this.#context) });
    return events.length > 0;
  }

  #isHeld(request: RequestRecord): boolean {
    if (request.state !== 'open' || trustOfRequest(request) !== 'untrusted') return false;
    const shown = this.#context.ledger
      .statusesOf(request.stack, request.headSha)
      .find(({ context }) => context === statusContext);
    return shown?.description === noForkRunner && pipelineOfHead(this.#context, request) === undefined;
  }
}

/** Returns what the forge reported of a request. */
function pullRequestOf(request: RequestRecord): PullRequest {
  const { stack: _, state: __, approval: ___, mergeSha: ____, ...pullRequest } = request;
  return pullRequest;
}
