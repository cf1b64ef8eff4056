import { AccountsModule } from "./accounts/AccountsModule.ts"
import { AuditModule } from "./audit/AuditModule.ts"
import { ContactsModule } from "./contacts/ContactsModule.ts"
import { EspModule } from "./esp/EspModule.ts"
import { ExportsModule } from "./exports/ExportsModule.ts"
import { GamesModule } from "./games/GamesModule.ts"
import { HealthModule } from "./health/HealthModule.ts"
import { HoldersModule } from "./holders/HoldersModule.ts"
import { LiveModule } from "./live/LiveModule.ts"
import { MailModule } from "./mail/MailModule.ts"
import { PagesModule } from "./pages/PagesModule.ts"
import { PlayersModule } from "./players/PlayersModule.ts"
import { PlaysModule } from "./plays/PlaysModule.ts"
import { ShopModule } from "./shop/ShopModule.ts"
import { StatisticsModule } from "./statistics/StatisticsModule.ts"
import { TasksModule } from "./tasks/TasksModule.ts"
import { WebModule } from "./web/WebModule.ts"

/**
 * Every module of the service, one per line, in the order in which they close. A module may use the services of the
 * modules below it. The rest of the program is assembled from this list.
 */
export const modules = [
  WebModule,
  ShopModule,
  LiveModule,
  PagesModule,
  ExportsModule,
  StatisticsModule,
  PlaysModule,
  ContactsModule,
  GamesModule,
  EspModule,
  TasksModule,
  AccountsModule,
  HoldersModule,
  MailModule,
  PlayersModule,
  AuditModule,
  HealthModule
] as const
