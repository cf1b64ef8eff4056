import { ContactsModule } from "./contacts/ContactsModule.ts"
import { EspModule } from "./esp/EspModule.ts"
import { GamesModule } from "./games/GamesModule.ts"
import { HealthModule } from "./health/HealthModule.ts"
import { PlayersModule } from "./players/PlayersModule.ts"
import { PlaysModule } from "./plays/PlaysModule.ts"
import { TasksModule } from "./tasks/TasksModule.ts"

/**
 * Every module of the service, one line each, in the order in which they close: a module may ask for the services of those below
 * it. All else is put together from here.
 */
export const modules = [
  PlaysModule,
  ContactsModule,
  GamesModule,
  EspModule,
  PlayersModule,
  TasksModule,
  HealthModule
] as const
