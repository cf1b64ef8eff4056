import { Context } from "effect"

/**
 * The largest body of an operation, in bytes, where it may be larger than `BODY_LIMIT`: an annotation of its endpoint. The request has
 * to say its length before. For operations of staff only: what anybody may send stays small. Clients load this file.
 */
export class BodyLimit extends Context.Service<BodyLimit, number>()("fairground/platform/contract/BodyLimit") {}
