import type { DateTime } from "effect"
import { type Letter, letter, secretLink, strong, words } from "../../mail/Letter.ts"
import type { Role } from "../../platform/contract/Access.ts"
import type { Language } from "../Account.ts"

export interface Invited {
  readonly email: string
  readonly role: Role
  readonly language: Language
  readonly expiresAt: DateTime.Utc
  /** The name of whoever invites; null: the command line. */
  readonly inviter: string | null
}

const roleNames: Record<Language, Record<Role, string>> = {
  en: { viewer: "viewer", editor: "editor", admin: "admin", owner: "owner" },
  ru: { viewer: "наблюдатель", editor: "редактор", admin: "администратор", owner: "владелец" }
}

const dayOf = (moment: DateTime.Utc, language: Language): string =>
  new Intl.DateTimeFormat(language === "ru" ? "ru-RU" : "en-GB", { dateStyle: "long", timeZone: "UTC" })
    .format(moment.epochMilliseconds)
    // It ends sentences, and «2026 г.» has a full stop of its own.
    .replace(/\sг\.$/, "")

/** Somebody invites the reader. */
export const invitation = ({ email, expiresAt, inviter, language, role }: Invited): Letter => {
  const [until, roleName] = [dayOf(expiresAt, language), strong(roleNames[language][role])]
  return language === "ru"
    ? letter({
        language,
        subject: "Приглашение в Fairground",
        paragraphs: [
          "Здравствуйте!",
          inviter === null
            ? words`Вас приглашают работать с играми в Fairground. Ваша роль: ${roleName}.`
            : words`${strong(inviter)} приглашает вас работать с играми в Fairground. Ваша роль: ${roleName}.`,
          words`Учётная запись будет создана для адреса ${strong(email)}. Ссылка действует один раз, до ${until}.`
        ],
        button: { label: "Принять приглашение", link: secretLink },
        footer: ["Если вы не ждали этого письма, ничего не делайте: без вас учётная запись не появится."]
      })
    : letter({
        language,
        subject: "You are invited to Fairground",
        paragraphs: [
          "Hello,",
          inviter === null
            ? words`You are invited to work on games in Fairground. Your role: ${roleName}.`
            : words`${strong(inviter)} invites you to work on games in Fairground. Your role: ${roleName}.`,
          words`The account will be made for the address ${strong(email)}. The link works once, until ${until}.`
        ],
        button: { label: "Accept the invitation", link: secretLink },
        footer: ["If you did not expect this mail, do nothing: without you there will be no account."]
      })
}

/** The reader, or somebody who typed their address, asked for an account. */
export const registration = ({ email, expiresAt, language }: Omit<Invited, "inviter" | "role">): Letter => {
  const until = dayOf(expiresAt, language)
  return language === "ru"
    ? letter({
        language,
        subject: "Создание учётной записи в Fairground",
        paragraphs: [
          "Здравствуйте!",
          words`Для адреса ${strong(email)} попросили создать учётную запись в Fairground. Откройте ссылку и придумайте пароль. Она действует один раз, до ${until}.`
        ],
        button: { label: "Создать учётную запись", link: secretLink },
        footer: ["Если просили не вы, ничего не делайте: без вас учётная запись не появится."]
      })
    : letter({
        language,
        subject: "Make your Fairground account",
        paragraphs: [
          "Hello,",
          words`Somebody asked for a Fairground account for the address ${strong(email)}. Open the link and choose a password. It works once, until ${until}.`
        ],
        button: { label: "Make the account", link: secretLink },
        footer: ["If it was not you, do nothing: without you there will be no account."]
      })
}

/** The reader, or somebody who typed their address, asked for an account that there is already. */
export const known = ({
  email,
  language,
  signIn
}: {
  readonly email: string
  readonly language: Language
  /** The page to sign in at. */
  readonly signIn: string
}): Letter =>
  language === "ru"
    ? letter({
        language,
        subject: "У вас уже есть учётная запись в Fairground",
        paragraphs: [
          "Здравствуйте!",
          words`Для адреса ${strong(email)} попросили создать учётную запись в Fairground, но она уже есть. Если вы забыли пароль, на странице входа можно получить ссылку для нового.`
        ],
        button: { label: "Войти", link: signIn },
        footer: ["Если просили не вы, ничего не делайте: ничего не изменилось."]
      })
    : letter({
        language,
        subject: "You already have a Fairground account",
        paragraphs: [
          "Hello,",
          words`Somebody asked for a Fairground account for the address ${strong(email)}, which has one already. If you have forgotten the password, the page to sign in sends a link for a new one.`
        ],
        button: { label: "Sign in", link: signIn },
        footer: ["If it was not you, do nothing: nothing has changed."]
      })
