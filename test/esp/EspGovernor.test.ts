import { TestClock } from "effect/testing"
import { EspGovernor } from "../../src/esp/EspGovernor.ts"
import { espGovernorSuite } from "../support/esp/EspGovernorSuite.ts"

espGovernorSuite("memory", {
  layer: EspGovernor.layerMemory,
  advance: (millis) => TestClock.adjust(millis)
})
