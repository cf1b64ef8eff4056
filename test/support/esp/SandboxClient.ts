import { Effect, Layer } from "effect"
import { EspClient, plain } from "../../../src/esp/EspClient.ts"
import * as EspSandbox from "../../../src/esp/sandbox/EspSandbox.ts"
import { EspSandboxRepo } from "../../../src/esp/sandbox/EspSandboxRepo.ts"

/** `EspClient` with the sandbox as its only connection, on the sandbox's stored contacts. */
export const layerNoDeps = Layer.effect(
  EspClient,
  Effect.map(EspSandbox.make, (register) => EspClient.dispatch(new Map([[EspSandbox.sandboxName, plain(register)]])))
)

export const layer = layerNoDeps.pipe(Layer.provide(EspSandboxRepo.layer))
