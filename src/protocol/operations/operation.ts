import * as z from 'zod';

/** A body that is not JSON. */
export interface RawBody {
  readonly mediaType: string;
  /** Schema of each event of a stream. */
  readonly schema?: z.ZodType;
}

/** A request that the server answers, with all that its OpenAPI document cannot find out elsewhere. */
export interface Operation {
  readonly method: 'get' | 'post' | 'put';
  /** `{name}` is a parameter; `path-parameters.ts` describes each name. */
  readonly path: string;
  /** One line, without a full stop. */
  readonly summary: string;
  readonly description?: string;
  /** Parameters of the query by name. A schema with `.optional()` or `.default(…)` may be left out. */
  readonly query?: Readonly<Record<string, z.ZodType>>;
  /** Schema of the JSON body. */
  readonly body?: z.ZodType | RawBody;
  /** Schemas of the answers by status, each with an id (`.meta({ id, description })`); null for one without a body. */
  readonly answers: Readonly<Record<number, z.ZodType | RawBody | null>>;
  /** Statuses of errors beside those that follow from the parameters, the body and the permission. */
  readonly errors?: readonly number[];
}

/** Operations by their `operationId`. */
export type OperationGroup = Readonly<Record<string, Operation>>;

export const text = z.string();
/** Decimal number of a query, as `countOf` reads it. */
export const count = z.number().int().min(0);
export const stackFilter: z.ZodType = text.optional().describe('Only of this stack.');
