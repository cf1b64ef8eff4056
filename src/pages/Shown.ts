import { DateTime, Effect } from "effect"
import { hash } from "node:crypto"
import type { Game } from "../games/Game.ts"
import { type GamePage, originOf, type Texts } from "./GamePage.ts"
import { choose, directionOf, ofLanguage, textIn } from "./Languages.ts"
import type { PageState, PublicPage } from "./PublicPage.ts"
import { sentWords } from "./Words.ts"

/** A page as it is stored, with its game. */
export interface StoredPage {
  readonly game: Game
  readonly page: GamePage
  /** 1: it was never set up. */
  readonly version: number
  readonly updatedAt: DateTime.Utc | null
}

/**
 * The version of a consent text: the beginning of its hash. So it changes with the text and with nothing else, in every process alike,
 * and whoever has the text can check it.
 */
export const consentVersion = (text: string): string => hash("sha256", text, "hex").slice(0, 8)

/** What a game is to visitors. */
export const stateOf = ({ game, page }: StoredPage, now: DateTime.Utc): PageState => {
  if (page.isDraft) return "draft"
  const state = game.stateAt(now)
  return state === "archived" ? "closed" : state
}

/** When the state changes next by itself, in milliseconds since 1970; Infinity: never. */
export const changesAt = ({ game }: StoredPage, now: DateTime.Utc): number => {
  const at = DateTime.toEpochMillis(now)
  const moments = [game.opensAt, game.closesAt].flatMap((moment) =>
    moment === null ? [] : [DateTime.toEpochMillis(moment)]
  )
  return Math.min(Number.POSITIVE_INFINITY, ...moments.filter((moment) => moment > at))
}

/** The language of the page that fits best; else its first. */
export const languageOf = (page: GamePage, wanted: ReadonlyArray<string>): string =>
  choose(page.languages, wanted) ?? page.languages[0] ?? "en"

const noTexts: Texts = {}

/** Whether a picture may be shown: a path of this service, or a URL of an allowed origin. */
export const isAllowedPicture = (picture: string, origins: ReadonlyArray<string>): boolean => {
  if (/^\/(?![/\\])[\x21-\x7e]*$/.test(picture)) return true
  const url = URL.parse(picture)
  return (
    url !== null &&
    originOf(url.origin) !== undefined &&
    url.username === "" &&
    url.password === "" &&
    (origins.includes(url.origin) || (origins.includes("*") && url.protocol === "https:"))
  )
}

/** The page for visitors, in one of its languages. `pictures`: the origins that pictures may come from today. */
export const shownOf = (
  stored: StoredPage,
  language: string,
  now: DateTime.Utc,
  pictures: ReadonlyArray<string>
): PublicPage => {
  const { game, page, version } = stored
  const texts = ofLanguage(page.texts, language) ?? noTexts
  const languages = [language, ...page.languages]
  const allowed = (picture: string | null) => (picture !== null && isAllowedPicture(picture, pictures) ? picture : null)
  const consentText = page.consent === null ? "" : textIn(page.consent.text, languages)
  return {
    slug: game.slug,
    title: game.title,
    // Both only grow, and each change of either makes another number.
    version: version + game.version - 1,
    state: stateOf(stored, now),
    opensAt: game.opensAt,
    closesAt: game.closesAt,
    language,
    direction: directionOf(language),
    languages: page.languages,
    mechanic: page.mechanic,
    segments: page.segments.map(({ colour, id, title }) => ({
      id,
      title: textIn(title, languages),
      ...(typeof colour === "string" ? { colour } : {})
    })),
    questions: page.questions.map(({ id, options, right, text }) => ({
      id,
      text: textIn(text, languages),
      options: options.map((option) => ({ id: option.id, text: textIn(option.text, languages) })),
      right
    })),
    settings: page.settings,
    theme: { ...page.theme, logo: allowed(page.theme.logo), picture: allowed(page.theme.picture) },
    texts: {
      heading: texts.heading ?? "",
      lead: texts.lead ?? "",
      button: texts.button ?? "",
      won: texts.won ?? "",
      lost: texts.lost ?? "",
      thanks: { new: texts.thanksNew ?? "", returning: texts.thanksReturning ?? "", nth: texts.thanksNth ?? "" }
    },
    consent:
      page.consent === null
        ? null
        : { text: consentText, version: consentVersion(consentText), required: page.consent.isRequired },
    name: page.name,
    words: sentWords(language, texts.words ?? {})
  }
}

/** The page as it is at this moment, for whoever previews it. */
export const renderNow = (stored: StoredPage, wanted: ReadonlyArray<string>, pictures: ReadonlyArray<string>) =>
  Effect.map(DateTime.now, (now) => shownOf(stored, languageOf(stored.page, wanted), now, pictures))
