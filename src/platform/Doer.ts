import { Context } from "effect"

/** Who does what is being done, for the audit log. All that is unknown is null. */
export interface Doer {
  /** `service`: nobody asked for it; a background job does it. */
  readonly via: "http" | "command-line" | "service"
  readonly accountId: string | null
  readonly apiKeyId: string | null
  /** The client's network address, or the user of the operating system who runs the command. */
  readonly address: string | null
  readonly userAgent: string | null
  readonly requestId: string | null
}

export const theService: Doer = {
  via: "service",
  accountId: null,
  apiKeyId: null,
  address: null,
  userAgent: null,
  requestId: null
}

/** Provided for each request by the middleware that judges its credential, and for each command by `commandDatabase`. */
export const CurrentDoer = Context.Reference<Doer>("fairground/platform/CurrentDoer", {
  defaultValue: () => theService
})
