import type { HttpClientError } from "effect/http"
import { transportReason } from "../../platform/outbound/Transport.ts"
import { EspUnavailable } from "../EspClient.ts"

/** A request that has no answer. By the codes of the system alone: what is not known may have been carried out. */
export const transportError = (error: HttpClientError.HttpClientError): EspUnavailable =>
  new EspUnavailable({ ...transportReason(error), retryAfter: undefined })
