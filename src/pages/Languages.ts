/** Tags of languages (BCP 47), as pages and browsers send them. */

/** Well-formed and of usual length; what is registered is not checked. */
export const wellFormed = /^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}$/u

const primaryOf = (tag: string): string => (tag.split("-")[0] ?? "").toLowerCase()

/** Languages that are written from right to left, by their primary tags. A list, because not every browser and server can tell. */
const rightToLeft = new Set(["ar", "arc", "ckb", "dv", "fa", "he", "iw", "ks", "ps", "sd", "ug", "ur", "yi"])

export const directionOf = (tag: string): "ltr" | "rtl" => {
  // A script in the tag counts more than the language: `az-Arab`, `ks-Deva`.
  const script = tag.split("-").find((part) => part.length === 4 && /^[A-Za-z]+$/.test(part))
  if (script !== undefined) return /^(?:arab|hebr|thaa|syrc|nkoo)$/i.test(script) ? "rtl" : "ltr"
  return rightToLeft.has(primaryOf(tag)) ? "rtl" : "ltr"
}

/**
 * The language of `available` that fits one of `wanted` best, in the order of these: the tag itself, then shorter forms of it (RFC 4647
 * section 3.4), then another form of the same language: `pt-BR` for `pt`.
 */
export const choose = (available: ReadonlyArray<string>, wanted: ReadonlyArray<string>): string | undefined => {
  for (const tag of wanted) {
    const parts = tag.toLowerCase().split("-")
    for (let length = parts.length; length > 0; length--) {
      const shorter = parts.slice(0, length).join("-")
      const found = available.find((one) => one.toLowerCase() === shorter)
      if (found !== undefined) return found
    }
    const related = available.find((one) => primaryOf(one) === parts[0])
    if (related !== undefined) return related
  }
  return undefined
}

/** More languages than anybody speaks: a header may hold thousands. */
const mostAccepted = 20

/** The languages of `Accept-Language`, the best first (RFC 9110 section 12.5.4). */
export const accepted = (header: string | undefined): ReadonlyArray<string> =>
  (header ?? "")
    .split(",", mostAccepted)
    .map((range) => {
      const [tag = "", ...parameters] = range.split(";")
      const quality = parameters.find((parameter) => parameter.trim().startsWith("q="))
      return { tag: tag.trim(), q: quality === undefined ? 1 : Number(quality.trim().slice(2)) }
    })
    .filter(({ q, tag }) => q > 0 && wellFormed.test(tag))
    .toSorted((a, b) => b.q - a.q)
    .map(({ tag }) => tag)

/** What there is in a language; undefined: nothing. Every object has a `valueOf`, which is a tag of usual length too. */
export const ofLanguage = <A>(all: { readonly [language: string]: A }, language: string): A | undefined =>
  Object.hasOwn(all, language) ? all[language] : undefined

/** The text in the first of these languages that it has; else any that it has. */
export const textIn = (texts: { readonly [language: string]: string }, languages: ReadonlyArray<string>): string => {
  const found = languages.find((language) => ofLanguage(texts, language) !== undefined)
  return (found === undefined ? Object.values(texts)[0] : texts[found]) ?? ""
}
