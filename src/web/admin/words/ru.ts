import { contacts } from "./ru/contacts.ts"
import { esps } from "./ru/esps.ts"
import { live } from "./ru/live.ts"
import { games } from "./ru/games.ts"
import { overview } from "./ru/overview.ts"
import { players } from "./ru/players.ts"
import { plays } from "./ru/plays.ts"
import { shell } from "./ru/shell.ts"
import { statistics } from "./ru/statistics.ts"
import { tasks } from "./ru/tasks.ts"
import { proof } from "./ru/proof.ts"
import { accounts } from "./ru/accounts.ts"
import { keys } from "./ru/keys.ts"
import { audit } from "./ru/audit.ts"
import { mails } from "./ru/mails.ts"
import { settings } from "./ru/settings.ts"
import type { Words } from "./Words.ts"

/** All words of the admin in Russian. */
export const ru = {
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
} satisfies Words
