import { Duration } from "effect"
import { type HttpServerRequest, HttpServerResponse } from "effect/http"
import type { Language } from "../Account.ts"

/** The cookie that remembers which language somebody chose. It says nothing of who they are. */
const languageCookie = "fairground-language"

const languages: ReadonlyArray<Language> = ["en", "ru"]

const isLanguage = (text: string | undefined | null): text is Language =>
  languages.some((language) => language === text)

/** The first language of `Accept-Language` that there is (RFC 9110 section 12.5.4). */
const accepted = (header: string | undefined): Language | undefined =>
  (header ?? "")
    .split(",")
    .map((range) => {
      const [tag = "", ...parameters] = range.split(";")
      const quality = parameters.find((parameter) => parameter.trim().startsWith("q="))
      return {
        tag: tag.trim().toLowerCase().split("-")[0],
        q: quality === undefined ? 1 : Number(quality.trim().slice(2))
      }
    })
    .filter(({ q }) => q > 0)
    .toSorted((a, b) => b.q - a.q)
    .map(({ tag }) => tag)
    .find(isLanguage)

/** What of a request all pages ask. */
export interface Visit {
  readonly request: HttpServerRequest.HttpServerRequest
  readonly path: string
  readonly query: URLSearchParams
  readonly language: Language
}

/** `chosen`: of the signed-in person's account, which counts unless they choose another here. */
export const visitOf = (request: HttpServerRequest.HttpServerRequest, chosen?: Language): Visit => {
  const url = new URL(request.url, "http://localhost")
  const asked = url.searchParams.get("lang")
  const remembered = request.cookies[languageCookie]
  const language = isLanguage(asked)
    ? asked
    : (chosen ??
      (isLanguage(remembered) ? remembered : undefined) ??
      accepted(request.headers["accept-language"]) ??
      "en")
  return { request, path: url.pathname, query: url.searchParams, language }
}

/** Remembers the language that the address asks for. */
export const remembering = (visit: Visit, response: HttpServerResponse.HttpServerResponse) =>
  isLanguage(visit.query.get("lang"))
    ? HttpServerResponse.setCookieUnsafe(response, languageCookie, visit.language, {
        path: "/",
        sameSite: "lax",
        maxAge: Duration.days(365)
      })
    : response

/** Where to go after signing in: a path of this service, else `home`. `//other.example` and `/\other.example` are other sites to a browser. */
export const nextOf = (text: string | null | undefined, home: string): string =>
  text !== null &&
  text !== undefined &&
  /^\/(?![/\\])[\x21-\x7e]*$/.test(text) &&
  URL.canParse(text, "http://localhost")
    ? text
    : home

export const redirect = (location: string): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.empty({ status: 303, headers: { location, "cache-control": "no-store" } })

/** The path with what to do next, for links between the pages. */
export const withNext = (path: string, next: string): string => `${path}?next=${encodeURIComponent(next)}`
