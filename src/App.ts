import { Effect, Layer } from "effect"
import { Api } from "./Api.ts"
import { Contacts } from "./contacts/Contacts.ts"
import { EspGuard } from "./esp/EspGuard.ts"
import { EspGovernor } from "./esp/governor/EspGovernor.ts"
import * as EspChecks from "./esp/EspChecks.ts"
import * as EspConnected from "./esp/EspConnected.ts"
import { Connections } from "./esp/Connections.ts"
import { warnOfUnknown } from "./contacts/UnknownEsps.ts"
import { Games } from "./games/Games.ts"
import * as Http from "./Http.ts"
import * as Jobs from "./Jobs.ts"
import * as DatabaseClock from "./platform/postgres/DatabaseClock.ts"
import * as Sql from "./platform/postgres/Sql.ts"
import type * as Settings from "./Settings.ts"
import { Shutdown } from "./platform/Shutdown.ts"
import { Plays } from "./plays/Plays.ts"
import * as Runners from "./tasks/Runners.ts"
import { TaskKinds } from "./tasks/TaskKinds.ts"
import { TaskRunner } from "./tasks/TaskRunner.ts"
import { Tasks } from "./tasks/Tasks.ts"

/** What the service can do by way of tasks. */
export interface Work<E, R> {
  /** The contract with the endpoints of these kinds. */
  readonly api: typeof Api
  readonly kinds: Layer.Layer<TaskKinds>
  /** What the runners of kinds are made from. */
  readonly runners: typeof Runners.layer
  readonly runner: Layer.Layer<TaskRunner, E, R>
}

/** The kinds of `TaskKinds.ts`, with their own runners. */
export const work = { api: Api, kinds: TaskKinds.layer, runners: Runners.layer, runner: TaskRunner.layer }

/** The same with the sandbox of integrations. */
export const workDemo = { ...work, runners: Runners.layerDemo }

/** The modules' services on a database. Needs the settings. */
const services = (runners: typeof Runners.layer) =>
  Plays.layer.pipe(
    Layer.provideMerge(Contacts.layerNoDeps),
    Layer.provideMerge(EspGuard.layerNoDeps),
    Layer.provideMerge(EspConnected.layer),
    Layer.provideMerge(EspGovernor.layer),
    Layer.provideMerge(Connections.layer),
    Layer.merge(Games.layer),
    Layer.merge(Tasks.layer),
    Layer.merge(runners),
    Layer.provideMerge(DatabaseClock.layer),
    Layer.provideMerge(Sql.layer),
    Layer.provideMerge(Shutdown.layer)
  )

/** What the runners of tasks may be made from. */
export type Services = Layer.Success<ReturnType<typeof services>> | Layer.Success<typeof Settings.layer>

/**
 * The whole service: HTTP and background work. `prepare` runs before the first request is taken; `work` is what tasks there are.
 *
 * Layers close in the reverse order of their building: first the server, which finishes its requests, then the background,
 * then the writers of plays, then the attempts at the ESP, and last the database.
 */
export const layerOf = <A, E, R, RunnerError, Needs>(prepare: Effect.Effect<A, E, R>, work: Work<RunnerError, Needs>) =>
  Http.layerOf(work.api).pipe(
    Layer.provideMerge(Jobs.layer),
    Layer.provideMerge(work.runner),
    Layer.provideMerge(EspChecks.layer),
    Layer.provideMerge(Layer.effectDiscard(Effect.andThen(prepare, warnOfUnknown))),
    Layer.provideMerge(services(work.runners)),
    Layer.provide(work.kinds)
  )

/** The service with the tasks that it has. */
export const layer = <A, E, R>(prepare: Effect.Effect<A, E, R>) => layerOf(prepare, work)
