import { type Letter, letter, type LetterParts, strong, words } from "../../mail/Letter.ts"
import type { Mail } from "../../mail/Mail.ts"
import type { AccountId, Language } from "../Account.ts"
import { greeting, withoutLink } from "../mails/Reader.ts"

/** What has happened to a person's second factors and other ways in, of which they are told: it may not have been them (ASVS 6.3.7). */
export type Notice =
  | { readonly _tag: "TotpAdded" }
  | { readonly _tag: "TotpReplaced" }
  | { readonly _tag: "TotpRemoved" }
  | { readonly _tag: "PasskeyAdded"; readonly name: string }
  | { readonly _tag: "PasskeyRemoved"; readonly name: string }
  | { readonly _tag: "RecoveryCodesMade" }
  | { readonly _tag: "RecoveryCodeUsed"; readonly left: number }
  | { readonly _tag: "IdentityAdded"; readonly title: string }
  | { readonly _tag: "IdentityRemoved"; readonly title: string }
  | { readonly _tag: "Reset" }

export interface Reader {
  readonly id: AccountId
  readonly email: string
  readonly name: string
  readonly language: Language
}

type Text = Pick<LetterParts, "subject" | "paragraphs">

const en = (notice: Notice, email: string): Text => {
  const account = strong(email)
  const notYou = "If this was not you, change your password, end all other sessions, and tell an admin."
  switch (notice._tag) {
    case "TotpAdded":
      return {
        subject: "An authenticator app was set up for your account",
        paragraphs: [
          words`An authenticator app was set up for the account ${account}. From now on, signing in asks for its code.`,
          notYou
        ]
      }
    case "TotpReplaced":
      return {
        subject: "Your authenticator app was replaced",
        paragraphs: [
          words`Another authenticator app was set up for the account ${account}. Codes of the one before do not work any more.`,
          notYou
        ]
      }
    case "TotpRemoved":
      return {
        subject: "Your authenticator app was removed",
        paragraphs: [
          words`The authenticator app of the account ${account} was removed. Its codes do not work any more.`,
          notYou
        ]
      }
    case "PasskeyAdded":
      return {
        subject: "A passkey was added to your account",
        paragraphs: [
          words`The passkey ${strong(notice.name)} was added to the account ${account}. It signs in without a password.`,
          notYou
        ]
      }
    case "PasskeyRemoved":
      return {
        subject: "A passkey was removed from your account",
        paragraphs: [words`The passkey ${strong(notice.name)} was removed from the account ${account}.`, notYou]
      }
    case "RecoveryCodesMade":
      return {
        subject: "New recovery codes were made for your account",
        paragraphs: [
          words`New recovery codes were made for the account ${account}. Earlier ones do not work any more.`,
          notYou
        ]
      }
    case "RecoveryCodeUsed":
      return {
        subject: "A recovery code of your account was used",
        paragraphs: [
          words`A recovery code stood in for the second factor of the account ${account}. Codes that are left: ${notice.left}.`,
          "If you have lost your authenticator app or passkey, remove it from the account and set up another one.",
          notYou
        ]
      }
    case "IdentityAdded":
      return {
        subject: "Your account was linked to a sign-in service",
        paragraphs: [
          words`Signing in at ${strong(notice.title)} gets into the account ${account} from now on.`,
          "If this was not you, remove the link from the account, end all other sessions, and tell an admin."
        ]
      }
    case "IdentityRemoved":
      return {
        subject: "A sign-in service was removed from your account",
        paragraphs: [
          words`Signing in at ${strong(notice.title)} does not get into the account ${account} any more.`,
          notYou
        ]
      }
    case "Reset":
      return {
        subject: "The second factors of your account were removed",
        paragraphs: [
          words`An admin removed the authenticator app, the passkeys and the recovery codes of the account ${account}, and ended its sessions.`,
          "If you did not ask for this, tell an admin at once."
        ]
      }
  }
}

const ru = (notice: Notice, email: string): Text => {
  const account = strong(email)
  const notYou = "Если это были не вы, смените пароль, завершите все остальные сеансы и сообщите администратору."
  switch (notice._tag) {
    case "TotpAdded":
      return {
        subject: "К вашей учётной записи подключено приложение с кодами",
        paragraphs: [
          words`К учётной записи ${account} подключено приложение с кодами. Теперь при входе нужен его код.`,
          notYou
        ]
      }
    case "TotpReplaced":
      return {
        subject: "Приложение с кодами заменено",
        paragraphs: [
          words`К учётной записи ${account} подключено другое приложение с кодами. Коды прежнего больше не действуют.`,
          notYou
        ]
      }
    case "TotpRemoved":
      return {
        subject: "Приложение с кодами отключено",
        paragraphs: [
          words`Приложение с кодами отключено от учётной записи ${account}. Его коды больше не действуют.`,
          notYou
        ]
      }
    case "PasskeyAdded":
      return {
        subject: "К вашей учётной записи добавлен ключ доступа",
        paragraphs: [
          words`Ключ доступа ${strong(notice.name)} добавлен к учётной записи ${account}. С ним можно войти без пароля.`,
          notYou
        ]
      }
    case "PasskeyRemoved":
      return {
        subject: "Ключ доступа удалён из вашей учётной записи",
        paragraphs: [words`Ключ доступа ${strong(notice.name)} удалён из учётной записи ${account}.`, notYou]
      }
    case "RecoveryCodesMade":
      return {
        subject: "Для вашей учётной записи созданы новые резервные коды",
        paragraphs: [
          words`Для учётной записи ${account} созданы новые резервные коды. Прежние больше не действуют.`,
          notYou
        ]
      }
    case "RecoveryCodeUsed":
      return {
        subject: "Использован резервный код вашей учётной записи",
        paragraphs: [
          words`Резервный код заменил второй фактор при входе в учётную запись ${account}. Осталось кодов: ${notice.left}.`,
          "Если приложение с кодами или ключ доступа потеряны, удалите их из учётной записи и подключите новые.",
          notYou
        ]
      }
    case "IdentityAdded":
      return {
        subject: "К вашей учётной записи подключён сервис входа",
        paragraphs: [
          words`Теперь в учётную запись ${account} можно войти через ${strong(notice.title)}.`,
          "Если это были не вы, отключите этот сервис, завершите все остальные сеансы и сообщите администратору."
        ]
      }
    case "IdentityRemoved":
      return {
        subject: "Сервис входа отключён от вашей учётной записи",
        paragraphs: [words`Войти в учётную запись ${account} через ${strong(notice.title)} больше нельзя.`, notYou]
      }
    case "Reset":
      return {
        subject: "Вторые факторы вашей учётной записи удалены",
        paragraphs: [
          words`Администратор удалил приложение с кодами, ключи доступа и резервные коды учётной записи ${account} и завершил её сеансы.`,
          "Если вы об этом не просили, сразу сообщите администратору."
        ]
      }
  }
}

const letterOf = (notice: Notice, { email, language, name }: Reader): Letter => {
  const { paragraphs, subject } = (language === "ru" ? ru : en)(notice, email)
  const [first = ""] = paragraphs
  return letter({
    language,
    subject,
    preview: typeof first === "object" && "text" in first ? first.text : subject,
    paragraphs: [greeting(language, name), ...paragraphs]
  })
}

/**
 * Stores the mail in the transaction around it. `deed` tells this change from all others: a change that is tried again has the same
 * one, and is told of once.
 */
export const tell = (mail: Mail["Service"], reader: Reader, notice: Notice, deed: string) =>
  mail
    .store({
      key: `second-factor ${deed}`,
      to: reader.email,
      letter: letterOf(notice, reader),
      about: { kind: "account", id: reader.id }
    })
    .pipe(withoutLink)
