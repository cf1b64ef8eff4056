import { Effect, Layer } from "effect"
import { Connections } from "./Connections.ts"
import { EspClient, type EspConnection, plain } from "./EspClient.ts"
import { EspGovernor } from "./governor/EspGovernor.ts"
import { EspHttpClients } from "./providers/EspHttpClient.ts"
import * as EspSandbox from "./sandbox/EspSandbox.ts"
import { EspSandboxRepo } from "./sandbox/EspSandboxRepo.ts"

/** `EspClient` with every connection and the sandbox. */
export const layerNoDeps = Layer.effect(
  EspClient,
  Effect.gen(function* () {
    const { prepared } = yield* Connections
    const http = yield* EspHttpClients
    const governor = yield* EspGovernor
    const scope = yield* Effect.scope
    const connections = new Map<string, EspConnection>()
    for (const [name, { open }] of prepared) {
      const connection = yield* open({
        name,
        http: (options) => http.client({ ...options, esp: name }),
        close: (policy, wait) => Effect.asVoid(Effect.forkIn(governor.close(policy, wait), scope))
      })
      connections.set(name, connection)
    }
    connections.set(EspSandbox.sandboxName, plain(yield* EspSandbox.make))
    return EspClient.dispatch(connections)
  })
)

export const layer = layerNoDeps.pipe(Layer.provide([EspHttpClients.layer, EspSandboxRepo.layer]))
