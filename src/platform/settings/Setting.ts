import { ByteSize, Duration, Option } from "effect"
import { BlockList, isIP } from "node:net"

/** One setting: its variable, its meaning and its allowed values. The README and `.env.example` are checked against it. */
export interface Setting<A> {
  readonly name: string
  /** The text to parse if the variable is unset or empty. */
  readonly default: string
  readonly description: string
  /** Completes the sentence "it must be …". */
  readonly allowed: string
  readonly secret: boolean
  /** None: the text is not an allowed value. */
  readonly parse: (text: string) => Option.Option<A>
}

interface Options {
  readonly default: string
  readonly description: string
  readonly secret?: boolean
}

const make =
  <A>(parse: (text: string) => Option.Option<A>, allowed: string) =>
  (name: string, options: Options): Setting<A> => ({
    name,
    default: options.default,
    description: options.description,
    allowed,
    secret: options.secret ?? false,
    parse
  })

/** An integer within bounds. */
export const whole = (name: string, min: number, max: number, options: Options): Setting<number> =>
  make((text) => {
    const value = Number(text)
    return /^\d+$/.test(text) && value >= min && value <= max ? Option.some(value) : Option.none()
  }, `a whole number from ${min} to ${max}`)(name, options)

/** A TCP port, or `off`: none. */
export const portOrOff = make((text): Option.Option<number | "off"> => {
  if (text === "off") return Option.some(text)
  return /^\d{1,5}$/.test(text) && Number(text) <= 65535 ? Option.some(Number(text)) : Option.none()
}, "`off`, or a whole number from 0 to 65535")

/** A number within bounds; fractions are allowed. */
export const number = (name: string, min: number, max: number, options: Options): Setting<number> =>
  make((text) => {
    const value = Number(text)
    return /^\d+(\.\d+)?$/.test(text) && value >= min && value <= max ? Option.some(value) : Option.none()
  }, `a number from ${min} to ${max}`)(name, options)

/** This long before now is a moment that JavaScript and PostgreSQL can represent, and older than anything that is stored. */
const longest = Duration.days(100_000)

/** Parses a length of time of at least a millisecond: `1500 millis`, `20 seconds`. */
export const parseTime = (text: string): Option.Option<Duration.Duration> =>
  Option.filter(
    Duration.fromInput(text as Duration.Input),
    Duration.between({ minimum: Duration.millis(1), maximum: longest })
  )

/** A length of time such as `1500 millis` or `20 seconds`. */
export const duration = make(
  parseTime,
  "a length of time from 1 millisecond to 100000 days, such as `1500 millis`, `20 seconds` or `7 days`"
)

/** A length of time, or `off`: never. */
export const durationOrOff = make((value): Option.Option<Duration.Duration | "off"> => {
  return value === "off" ? Option.some(value) : parseTime(value)
}, "`off`, or a length of time from 1 millisecond to 100000 days, such as `1500 millis` or `20 seconds`")

/** A number of bytes such as `16 KiB`. */
export const bytes = make(
  (text) => Option.filter(Option.map(ByteSize.fromString(text), Number), (value) => value >= 1 && value <= 2 ** 30),
  "a size of 1 byte to 1 GiB, such as `16 KiB`"
)

/** Any text. */
export const text = make((value) => Option.some(value), "text")

/** How many events a key may have in each window. */
export interface Rate {
  readonly limit: number
  readonly window: Duration.Duration
}

const units = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** `300/1m`: 300 in each minute. */
export const parseRate = (value: string): Option.Option<Rate> => {
  const match = /^([1-9]\d{0,8})\/([1-9]\d{0,4})([smhd])$/.exec(value)
  if (match === null) return Option.none()
  const unit = units[match[3] as keyof typeof units]
  return Option.some({ limit: Number(match[1]), window: Duration.millis(Number(match[2]) * unit) })
}

/** `300/1m`: 300 in each minute; `off`: no limit. */
export const rate = make((value): Option.Option<Rate | "off"> => {
  return value === "off" ? Option.some(value) : parseRate(value)
}, "`off`, or a number per time such as `300/1m` or `30/10s`")

const list = (value: string): ReadonlyArray<string> =>
  value
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")

const origin = (value: string): Option.Option<string> => {
  if (value === "*") return Option.some(value)
  const url = URL.parse(value)
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === value.toLowerCase() && !value.includes("*")
    ? Option.some(url.origin)
    : Option.none()
}

/** Web origins, or `*` for all. */
export const origins = make(
  (value) => Option.all(list(value).map(origin)),
  "a comma-separated list of origins such as `https://shop.example`, `*` for every origin, or empty for none"
)

/** IP addresses and networks in CIDR notation, as a `BlockList`. */
export const networks = make((value) => {
  const networks = new BlockList()
  for (const part of list(value)) {
    const match = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(part)
    const address = match?.[1] ?? ""
    const version = isIP(address)
    const widest = version === 4 ? 32 : 128
    const bits = match?.[2] === undefined ? widest : Number(match[2])
    if (version === 0 || bits > widest) return Option.none()
    networks.addSubnet(address, bits, version === 4 ? "ipv4" : "ipv6")
  }
  return Option.some(networks)
}, "a comma-separated list of addresses and networks such as `10.0.0.0/8, ::1`, or empty for none")

/** One of a few words. */
export const oneOf = <const A extends ReadonlyArray<string>>(
  name: string,
  words: A,
  options: Options
): Setting<A[number]> =>
  make((value) => Option.fromNullishOr(words.find((word) => word === value)), `one of ${words.join(", ")}`)(
    name,
    options
  )

/** `all`, `none`, or a comma-separated selection of the given words. */
export const choice = (name: string, words: ReadonlyArray<string>, options: Options): Setting<ReadonlySet<string>> =>
  make(
    (value): Option.Option<ReadonlySet<string>> => {
      if (value === "all") return Option.some(new Set(words))
      if (value === "none") return Option.some(new Set())
      const chosen = list(value)
      return chosen.length > 0 && chosen.every((word) => words.includes(word))
        ? Option.some(new Set(chosen))
        : Option.none()
    },
    `\`all\`, \`none\`, or a comma-separated list of: ${words.join(", ")}`
  )(name, options)

/** A URL with one of the given protocols, as text; `undefined` if left out. */
export const url = (name: string, protocols: ReadonlyArray<string>, options: Options): Setting<string | undefined> =>
  make(
    (value) => {
      if (value === "") return Option.some(undefined)
      const parsed = URL.parse(value)
      return parsed !== null && protocols.includes(parsed.protocol) ? Option.some(value) : Option.none()
    },
    `a URL that begins with ${protocols.map((protocol) => `\`${protocol}//\``).join(" or ")}`
  )(name, options)

/** Whether paths can be appended to a URL: it has no credentials, query or fragment. */
export const isBaseUrl = (text: string): boolean => {
  const url = URL.parse(text)
  return (
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    url.username === "" &&
    url.password === "" &&
    // `search` is empty for a URL that ends in `?`, but an appended path would become its query.
    !/[?#\s]/.test(text)
  )
}

/** A URL to which paths are appended, as text; `undefined` if left out. */
export const baseUrl = make(
  (value): Option.Option<string | undefined> =>
    value === "" ? Option.some(undefined) : isBaseUrl(value) ? Option.some(value) : Option.none(),
  "a URL that begins with `http://` or `https://`, without user, password and query"
)

/** A ring of keys of 32 bytes each, in base64, separated by commas; empty if left out. */
export const keys = (name: string, options: Options): Setting<ReadonlyArray<Uint8Array>> =>
  make((value): Option.Option<ReadonlyArray<Uint8Array>> => {
    const parsed = list(value).map((part) => Buffer.from(part, "base64"))
    return parsed.every((key) => key.length === 32) ? Option.some(parsed) : Option.none()
  }, "one key or several, separated by commas, each 32 random bytes in base64 as `openssl rand -base64 32` prints them")(
    name,
    { ...options, secret: true }
  )
