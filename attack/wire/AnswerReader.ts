/** An answer as received. */
export interface Answer {
  readonly status: number
  /** Headers by lower-case name. */
  readonly headers: ReadonlyMap<string, ReadonlyArray<string>>
  readonly body: Buffer
  /** Whether the whole body arrived and was short enough to be kept. */
  readonly isWhole: boolean
}

export interface AnswerReader {
  readonly feed: (bytes: Buffer) => void
  /** Call when the connection has ended: a body without a length is then complete. */
  readonly end: () => void
  readonly answers: ReadonlyArray<Answer>
  /** The answer that has begun but not ended. */
  readonly unfinished: () => Answer | undefined
  /** The received bytes that are not HTTP. */
  readonly garbled: () => string | undefined
}

interface Head {
  readonly status: number
  readonly headers: Map<string, Array<string>>
}

const parseHead = (text: string): Head | string => {
  const [first = "", ...lines] = text.split("\r\n")
  const status = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(first)?.[1]
  if (status === undefined) return `no status line: ${first.slice(0, 80)}`
  const headers = new Map<string, Array<string>>()
  for (const line of lines) {
    const colon = line.indexOf(":")
    if (colon < 1) return `no header: ${line.slice(0, 80)}`
    const name = line.slice(0, colon).toLowerCase()
    headers.set(name, [...(headers.get(name) ?? []), line.slice(colon + 1).trim()])
  }
  return { status: Number(status), headers }
}

/** The chunks received so far; undefined until the last one has arrived. */
const dechunk = (bytes: Buffer): { readonly body: Buffer; readonly length: number } | string | undefined => {
  const parts: Array<Buffer> = []
  let at = 0
  for (;;) {
    const end = bytes.indexOf("\r\n", at)
    if (end === -1) return undefined
    const size = bytes.toString("latin1", at, end)
    if (!/^[0-9a-f]{1,8}$/i.test(size)) return `no size of a chunk: ${size.slice(0, 40)}`
    const length = Number.parseInt(size, 16)
    if (bytes.length < end + 2 + length + 2) return undefined
    if (length === 0) return { body: Buffer.concat(parts), length: end + 4 }
    parts.push(bytes.subarray(end + 2, end + 2 + length))
    at = end + 2 + length + 2
  }
}

// Pages have megabytes, and a client requests many at once.
const largestKept = 256 * 1024

/**
 * Reads the answers of a connection. `methods` are those of the requests, because an answer to HEAD has no body. Buffers at
 * most `limit` unread bytes, so that an endless answer cannot exhaust memory.
 */
export const answerReader = (methods: ReadonlyArray<string>, limit = 64 * 1024 * 1024): AnswerReader => {
  const answers: Array<Answer> = []
  let garbled: string | undefined
  let pieces: Array<Buffer> = []
  let size = 0
  let head: Head | undefined

  const gathered = () => {
    const all = pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces)
    pieces = [all]
    return all
  }
  const keep = (rest: Buffer) => {
    pieces = rest.length === 0 ? [] : [rest]
    size = rest.length
  }
  const done = (body: Buffer) => {
    const isKept = body.length <= largestKept
    if (head !== undefined && head.status >= 200) {
      answers.push({ ...head, body: isKept ? Buffer.from(body) : Buffer.alloc(0), isWhole: isKept })
    }
    head = undefined
  }

  /** Reads one piece. Returns whether the rest may hold more. */
  const step = (): boolean => {
    const bytes = gathered()
    if (head === undefined) {
      const end = bytes.indexOf("\r\n\r\n")
      if (end === -1) return false
      const parsed = parseHead(bytes.toString("latin1", 0, end))
      if (typeof parsed === "string") {
        garbled = parsed
        return false
      }
      head = parsed
      keep(bytes.subarray(end + 4))
      if (head.status < 200 || head.status === 204 || head.status === 304 || methods[answers.length] === "HEAD") {
        done(Buffer.alloc(0))
      }
      return true
    }
    if (head.headers.get("transfer-encoding")?.[0] === "chunked") {
      const found = dechunk(bytes)
      if (typeof found === "string") garbled = found
      if (found === undefined || typeof found === "string") return false
      keep(bytes.subarray(found.length))
      done(found.body)
      return true
    }
    const length = head.headers.get("content-length")?.[0]
    if (length === undefined || bytes.length < Number(length)) return false
    keep(bytes.subarray(Number(length)))
    done(bytes.subarray(0, Number(length)))
    return true
  }

  return {
    answers,
    garbled: () => garbled,
    feed: (bytes) => {
      if (garbled !== undefined || size > limit) return
      pieces.push(bytes)
      size += bytes.length
      // A long body is only parsed again when it may be complete, not at each piece.
      const length = Number(head?.headers.get("content-length")?.[0] ?? 0)
      if (size < length) return
      while (garbled === undefined && size > 0 && step());
    },
    end: () => {
      const isOpenEnded =
        head !== undefined && !head.headers.has("content-length") && !head.headers.has("transfer-encoding")
      if (isOpenEnded) done(gathered())
    },
    unfinished: () => (head === undefined ? undefined : { ...head, body: gathered(), isWhole: false })
  }
}
