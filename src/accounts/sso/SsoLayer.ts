import { Layer } from "effect"
import { Identities } from "./Identities.ts"
import { IdentityProviders } from "./IdentityProviders.ts"
import { SingleSignOn } from "./SingleSignOn.ts"
import { SsoConnections } from "./SsoConnections.ts"
import { SsoEntry } from "./SsoEntry.ts"

/** Single sign-on, on what signing in and managing accounts are made of. */
export const services = Layer.mergeAll(SingleSignOn.layer, Identities.layer).pipe(
  Layer.provide(Layer.mergeAll(SsoEntry.layer, IdentityProviders.layer)),
  Layer.provideMerge(SsoConnections.layer)
)
