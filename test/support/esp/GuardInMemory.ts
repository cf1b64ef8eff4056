import { Layer } from "effect"
import { EspGuard } from "../../../src/esp/EspGuard.ts"
import { EspGovernor } from "../../../src/esp/governor/EspGovernor.ts"

/** The guard with slots that this process keeps by itself, for as many calls as the provider takes. */
export const guardInMemory = EspGuard.layer.pipe(Layer.provide(EspGovernor.layerMemory))
