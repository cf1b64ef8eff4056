import { Option } from "effect"
import type { Setting } from "../../platform/settings/Setting.ts"
import { normalise } from "../../players/Email.ts"

/** The domain of a normalised address. */
export const domainOf = (emailKey: string): string => emailKey.slice(emailKey.lastIndexOf("@") + 1)

/** A domain as addresses are compared by it: lower case, in ASCII (IDNA). */
export const normaliseDomain = (text: string): Option.Option<string> =>
  // What is a domain is what may follow the @.
  text.includes("@") ? Option.none() : Option.map(normalise(`a@${text}`), domainOf)

/** A setting of exact domains: `brand.example` does not stand for `shop.brand.example`. */
export const domains = (
  name: string,
  options: { readonly default: string; readonly description: string }
): Setting<ReadonlySet<string>> => ({
  name,
  default: options.default,
  description: options.description,
  allowed: "a comma-separated list of domains such as `brand.example, shop.example`, or empty for none",
  secret: false,
  parse: (text) =>
    Option.map(
      Option.all(
        text
          .split(",")
          .map((part) => part.trim())
          .filter((part) => part !== "")
          .map(normaliseDomain)
      ),
      (found) => new Set(found)
    )
})
