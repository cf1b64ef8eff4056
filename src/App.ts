import { Effect, Layer } from "effect"
import { Contacts } from "./esp/Contacts.ts"
import { EspGuard } from "./esp/EspGuard.ts"
import { EspGovernor } from "./esp/EspGovernor.ts"
import * as EspChecks from "./esp/EspChecks.ts"
import * as EspConnected from "./esp/EspConnected.ts"
import { Connections } from "./esp/Connections.ts"
import { warnOfUnknown } from "./games/UnknownEsps.ts"
import { Games } from "./games/Games.ts"
import * as Http from "./Http.ts"
import * as Jobs from "./Jobs.ts"
import * as Sql from "./platform/postgres/Sql.ts"
import { Shutdown } from "./platform/Shutdown.ts"
import { Plays } from "./plays/Plays.ts"
import * as Runners from "./tasks/Runners.ts"

/** The modules' services on a database. Needs the settings. */
const services = (runners: typeof Runners.layer) =>
  Plays.layer.pipe(
    Layer.provideMerge(Contacts.layerNoDeps),
    Layer.provideMerge(EspGuard.layerNoDeps),
    Layer.provideMerge(EspConnected.layer),
    Layer.provideMerge(EspGovernor.layer),
    Layer.provideMerge(Connections.layer),
    Layer.merge(Games.layer),
    Layer.merge(runners),
    Layer.provideMerge(Sql.layer),
    Layer.provideMerge(Shutdown.layer)
  )

/**
 * The whole service: HTTP and background work. `prepare` runs before the first request is taken; `runners` is
 * what the runners of tasks are made from.
 *
 * Layers close in the reverse order of their building: first the server, which finishes its requests, then the background,
 * then the writers of plays, then the attempts at the ESP, and last the database.
 */
export const layer = <A, E, R>(prepare: Effect.Effect<A, E, R>, runners = Runners.layer) =>
  Http.layer.pipe(
    Layer.provideMerge(Jobs.layer),
    Layer.provideMerge(EspChecks.layer),
    Layer.provideMerge(Layer.effectDiscard(Effect.andThen(prepare, warnOfUnknown))),
    Layer.provideMerge(services(runners))
  )
