import { Option } from "effect"
import type { Setting } from "../platform/settings/Setting.ts"

/** With what tokens of the brand's server are judged: a secret that both have, or the address of its public keys. */
export type SigningKey =
  | { readonly _tag: "Secret"; readonly bytes: Uint8Array }
  | { readonly _tag: "Keys"; readonly url: URL }

/** RFC 7518, section 3.2: a key of HS256 has at least as many bits as its hash. */
const leastBytes = 32

const isLoopback = (host: string) => /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(host)

const parse = (text: string): Option.Option<SigningKey | undefined> => {
  if (text === "") return Option.some(undefined)
  if (/^https?:/i.test(text)) {
    const url = URL.parse(text)
    if (url === null || url.username !== "" || url.password !== "" || url.hash !== "") return Option.none()
    // Whoever can change the keys on their way can be anybody.
    return url.protocol === "https:" || isLoopback(url.hostname) ? Option.some({ _tag: "Keys", url }) : Option.none()
  }
  const bytes = new TextEncoder().encode(text)
  return bytes.length < leastBytes ? Option.none() : Option.some({ _tag: "Secret", bytes })
}

export const signingKey = (
  name: string,
  options: { readonly default: string; readonly description: string }
): Setting<SigningKey | undefined> => ({
  name,
  default: options.default,
  description: options.description,
  allowed:
    "a secret of at least 32 bytes, the `https://` address of a JSON Web Key Set (`http://` on this machine), or empty for none",
  secret: true,
  parse
})
