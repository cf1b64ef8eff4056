import { contacts } from "./en/contacts.ts"
import { esps } from "./en/esps.ts"
import { live } from "./en/live.ts"
import { games } from "./en/games.ts"
import { overview } from "./en/overview.ts"
import { players } from "./en/players.ts"
import { plays } from "./en/plays.ts"
import { shell } from "./en/shell.ts"
import { statistics } from "./en/statistics.ts"
import { tasks } from "./en/tasks.ts"
import { proof } from "./en/proof.ts"
import { accounts } from "./en/accounts.ts"
import { keys } from "./en/keys.ts"
import { audit } from "./en/audit.ts"
import { mails } from "./en/mails.ts"
import { settings } from "./en/settings.ts"

/** All words of the admin in English, screen by screen. They give the type of the other languages. */
export const en = {
  shell,
  overview,
  statistics,
  players,
  plays,
  live,
  tasks,
  contacts,
  esps,
  games,
  proof,
  accounts,
  keys,
  audit,
  mails,
  settings
}
