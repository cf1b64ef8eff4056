import { Option, Schema } from "effect"
import type { Gathered, News } from "./Gathering.ts"

/** PostgreSQL takes up to 7,999 bytes. */
const mostBytes = 7900

/** The most messages that one telling has. What is left over is told as missed. */
const mostMessages = 8

const Written = Schema.Struct({
  /** The process that tells it. */
  from: Schema.String,
  news: Schema.Array(
    Schema.Tuple([Schema.String, Schema.NullOr(Schema.String), Schema.Int, Schema.Array(Schema.Json)])
  ),
  missed: Schema.Array(Schema.String)
})

const read = Schema.decodeUnknownOption(Schema.fromJsonString(Written))

const written = ({ count, game, newest, topic }: News) => JSON.stringify([topic, game, count, newest])

/** Written with as many of its newest items as fit; undefined: not even without any. */
const fitting = (news: News, room: number): string | undefined => {
  for (let keep = news.newest.length; ; keep = Math.floor(keep / 2)) {
    const text = written({ ...news, newest: keep === 0 ? [] : news.newest.slice(-keep) })
    if (Buffer.byteLength(text) <= room) return text
    if (keep === 0) return undefined
  }
}

/** The messages that tell other processes of it: a few, each short enough for a notification. */
export const write = (from: string, { missed, news }: Gathered): ReadonlyArray<string> => {
  const head = `{"from":${JSON.stringify(from)},"news":[`
  const lost = new Set(missed)
  const messages: Array<ReadonlyArray<string>> = []
  let open: Array<string> = []
  // The end of a message, and the commas.
  const least = Buffer.byteLength(head) + 40
  let room = mostBytes - least
  // Of many games each says less, so that none is left out. A message is filled by three quarters at least.
  const share = Math.floor((0.75 * (mostMessages - 1) * room) / Math.max(1, news.length))
  for (const one of news) {
    const text = fitting(one, Math.min(share, mostBytes - least))
    if (text === undefined) {
      lost.add(one.topic)
      continue
    }
    const bytes = Buffer.byteLength(text) + 1
    if (bytes > room) {
      messages.push(open)
      open = []
      room = mostBytes - least
    }
    // One message is left for what was missed.
    if (messages.length >= mostMessages - 1) {
      lost.add(one.topic)
      continue
    }
    open.push(text)
    room -= bytes
  }
  if (open.length > 0) messages.push(open)
  const told = messages.filter((texts) => texts.length > 0).map((texts) => `${head}${texts.join(",")}],"missed":[]}`)
  return lost.size === 0 ? told : [...told, `${head}],"missed":${JSON.stringify([...lost])}}`]
}

/** What a message says; undefined: it is of no version that this one knows. */
export const parse = (text: string): (Gathered & { readonly from: string }) | undefined => {
  const found = Option.getOrUndefined(read(text))
  return found === undefined
    ? undefined
    : {
        from: found.from,
        news: found.news.map(([topic, game, count, newest]) => ({ topic, game, count, newest })),
        missed: found.missed
      }
}
