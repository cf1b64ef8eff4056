import { Context } from "effect"

/**
 * Whether pages of an origin may send a request that `CORS_ORIGINS` does not allow them: by the origin and the path, without the query.
 * It is asked for public operations only, on the way of the answer, so it must be quick and must not throw. Undefined: nobody
 * allows more.
 */
export const AllowedOrigins = Context.Reference<((origin: string, path: string) => boolean) | undefined>(
  "fairground/platform/edge/AllowedOrigins",
  { defaultValue: () => undefined }
)
