import { AccountsApi } from "./accounts/AccountsApi.ts"
import { FactorsApi } from "./accounts/factor/FactorsApi.ts"
import { SecondFactorApi } from "./accounts/factor/SecondFactorApi.ts"
import { InvitationsApi } from "./accounts/invitation/InvitationsApi.ts"
import { ApiKeysApi } from "./accounts/key/ApiKeysApi.ts"
import { AccountApi } from "./accounts/own/AccountApi.ts"
import { PasswordResetsApi } from "./accounts/password/PasswordResetsApi.ts"
import { RegistrationsApi } from "./accounts/registration/RegistrationsApi.ts"
import { SessionApi } from "./accounts/session/SessionApi.ts"
import { SetupApi } from "./accounts/setup/SetupApi.ts"
import { SsoApi } from "./accounts/sso/SsoApi.ts"
import { AuditApi } from "./audit/AuditApi.ts"
import { ContactsApi } from "./contacts/ContactsApi.ts"
import { EspsApi } from "./esp/EspsApi.ts"
import { ExportsApi } from "./exports/ExportsApi.ts"
import { GamesApi } from "./games/GamesApi.ts"
import { HealthApi } from "./health/HealthApi.ts"
import { SettingsApi } from "./health/SettingsApi.ts"
import { PlayerCodesApi } from "./holders/PlayerCodesApi.ts"
import { PlayerTokensApi } from "./holders/PlayerTokensApi.ts"
import { LiveApi } from "./live/LiveApi.ts"
import { MailSuppressionsApi } from "./mail/MailSuppressionsApi.ts"
import { MailsApi } from "./mail/MailsApi.ts"
import { FunnelApi } from "./pages/FunnelApi.ts"
import { PagesApi } from "./pages/PagesApi.ts"
import { PlaysApi } from "./plays/PlaysApi.ts"
import { EntriesApi } from "./plays/lists/EntriesApi.ts"
import { PlayersApi } from "./plays/lists/PlayersApi.ts"
import { AddressFormatsApi } from "./shop/AddressFormatsApi.ts"
import { NotesApi } from "./statistics/NotesApi.ts"
import { StatisticsApi } from "./statistics/StatisticsApi.ts"
import { TasksApi } from "./tasks/TasksApi.ts"
import { TaskCallbacksApi } from "./tasks/callbacks/TaskCallbacksApi.ts"

/** Written by `npm run generate`: the endpoints of every module, in the order of `Modules.ts`. */
export const groups = [
  AddressFormatsApi,
  LiveApi,
  FunnelApi,
  PagesApi,
  ExportsApi,
  NotesApi,
  StatisticsApi,
  PlaysApi,
  EntriesApi,
  PlayersApi,
  ContactsApi,
  GamesApi,
  EspsApi,
  TasksApi,
  TaskCallbacksApi,
  AccountsApi,
  FactorsApi,
  SecondFactorApi,
  InvitationsApi,
  ApiKeysApi,
  AccountApi,
  PasswordResetsApi,
  RegistrationsApi,
  SessionApi,
  SetupApi,
  SsoApi,
  PlayerCodesApi,
  PlayerTokensApi,
  MailSuppressionsApi,
  MailsApi,
  AuditApi,
  HealthApi,
  SettingsApi
] as const
