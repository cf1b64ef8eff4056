import type { Seeded } from "../random/Seeded.ts"
import type { Draft } from "./Draft.ts"

type Header = readonly [name: string, value: string]

const without = (headers: ReadonlyArray<Header>, name: string) =>
  headers.filter(([other]) => other.toLowerCase() !== name.toLowerCase())

const also = (draft: Draft, ...more: ReadonlyArray<Header>): Draft => ({
  ...draft,
  headers: [...draft.headers, ...more]
})

/** The change hides what the request is for. */
const elsewhere = (draft: Draft): Draft => ({ ...draft, operation: undefined, mustBeRefused: false })

/** The change hides where the next request on the connection begins. */
const unframed = (draft: Draft): Draft => ({ ...elsewhere(draft), isFramed: false })

const oddMethods = [
  ...["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "PROPFIND", "QUERY", "get", "M-SEARCH", "BREW"],
  ...["X".repeat(300), "GE T", "G\x00ET", "\xff"]
]

const oddTargets: ReadonlyArray<(target: string, random: Seeded) => string> = [
  (target) => target.toUpperCase(),
  (target) => `${target}/`,
  (target) => `/${target}`,
  (target) => target.replace("/api", "/api/./x/.."),
  (target) => target.replaceAll("/", "%2f"),
  (target) => target.replace("api", "%61pi"),
  (target) => `http://elsewhere.example${target}`,
  (target) => `${target}#fragment`,
  (target) => `${target};a=b`,
  (target) => `${target}%`,
  (target) => `${target}%00`,
  (target) => `${target}\xe9\xff`,
  (target) => `${target}\x00`,
  (target) => `${target} x`,
  () => "*",
  () => "",
  () => "elsewhere.example:443",
  (_, random) => `/${"a".repeat(random.pick([99, 101, 8000, 17_000]))}`,
  (_, random) => `/api/v1${"/x".repeat(random.pick([50, 3000]))}`,
  (_, random) => `/?${"a=1&".repeat(random.pick([500, 3500]))}`
]

const edits: Readonly<Record<string, (draft: Draft, random: Seeded) => Draft>> = {
  method: (draft, random) => {
    const method = random.pick(oddMethods)
    // Without a known body length, the start of the next request is ambiguous.
    return {
      ...draft,
      method,
      mustBeRefused: false,
      operation: method === "HEAD" || method === "OPTIONS" ? draft.operation : undefined
    }
  },
  target: (draft, random) => ({ ...elsewhere(draft), target: random.pick(oddTargets)(draft.target, random) }),
  version: (draft, random) =>
    unframed({
      ...draft,
      version: random.pick(["HTTP/1.0", "HTTP/2.0", "HTTP/9.9", "HTTP/1.1 x", "http/1.1", "", "ICY"])
    }),
  "doubled-header": (draft, random) => {
    const value = String(random.int(0, 1_000_000))
    const name = random.pick(["Idempotency-Key", "idempotency-key", "Host"])
    const doubled =
      name === "Host" ? also(draft, ["Host", "attack.example"]) : also(draft, [name, value], ["Idempotency-Key", value])
    return {
      ...doubled,
      mustBeRefused:
        draft.mustBeRefused ||
        name === "Host" ||
        draft.operation?.id === "plays.record" ||
        draft.operation?.id === "tasks.submit"
    }
  },
  "doubled-other": (draft, random) =>
    also(
      draft,
      ...Array.from({ length: random.pick([2, 100]) }, () =>
        random.pick([
          ["Content-Type", "text/plain"],
          ["Origin", "https://a.example"],
          ["Accept", "*/*"],
          ["Cookie", "a=b"],
          ["X-Request-Id", "1"]
        ] as const)
      )
    ),
  "odd-host": (draft, random) => ({
    ...draft,
    headers: [
      ...without(draft.headers, "Host"),
      ...random.pick<ReadonlyArray<Header>>([
        [],
        [["Host", ""]],
        [["Host", "a b"]],
        [["Host", "a:99999"]],
        [["Host", "\xff"]],
        [["Host", "a@b"]],
        [["Host", "x".repeat(5000)]]
      ])
    ]
  }),
  "odd-value": (draft, random) =>
    also(draft, [
      random.pick([
        "Idempotency-Key",
        "X-Request-Id",
        "Last-Event-ID",
        "X-Forwarded-For",
        "Origin",
        "Traceparent",
        "Accept",
        "If-None-Match"
      ]),
      random.pick([
        "",
        " ",
        "\x01",
        "\xe9\xff",
        "a\tb",
        "x".repeat(255),
        "x".repeat(256),
        "x".repeat(9000),
        'é,b;c="',
        "-1",
        "9".repeat(30),
        "%00",
        "\x7f"
      ])
    ]),
  "odd-line": (draft, random) =>
    unframed(
      also(
        draft,
        random.pick<Header>([
          ["A\r\n folded", "b"],
          ["A B", "c"],
          ["", "x"],
          ["A\x00", "b"],
          ["A", "b\rc"],
          ["A", "b\nC: d"],
          ["A(", "b"],
          ["\xff", "b"],
          ["A", "b\x00"]
        ])
      )
    ),
  "many-headers": (draft, random) =>
    also(draft, ...Array.from({ length: random.pick([99, 400, 3000]) }, (_, index) => [`X-${index}`, "1"] as const)),
  "large-header": (draft, random) => also(draft, ["X-Large", "x".repeat(random.pick([8000, 16_500, 70_000]))]),
  media: (draft, random) => ({
    ...draft,
    operation: draft.operation,
    headers: [
      ...without(draft.headers, "Content-Type"),
      ...random.pick<ReadonlyArray<Header>>([
        [],
        [["Content-Type", "text/plain"]],
        [["Content-Type", "application/json; charset=utf-16"]],
        [["Content-Type", 'application/json;charset="UTF-8"']],
        [["Content-Type", "multipart/form-data"]],
        [["Content-Type", "application/x-www-form-urlencoded"]],
        [["Content-Type", "APPLICATION/JSON"]],
        [["Content-Type", "application/json,text/plain"]],
        [["Content-Type", ";;"]],
        [["Content-Type", "application/problem+json"]]
      ])
    ]
  }),
  encoding: (draft, random) =>
    also(draft, ["Content-Encoding", random.pick(["gzip", "br", "identity", "deflate, gzip", "x"])]),
  expectation: (draft, random) => also(draft, ["Expect", random.pick(["100-continue", "200-ok", ""])]),
  upgrade: (draft, random) =>
    also(draft, ["Connection", "Upgrade"], ["Upgrade", random.pick(["websocket", "h2c", "TLS/1.0"])]),
  preflight: (draft, random) => ({
    ...also(
      { ...draft, method: "OPTIONS", body: undefined },
      ["Origin", random.pick(["https://a.example", "null", "x", "https://a.example, https://b.example"])],
      ["Access-Control-Request-Method", random.pick(["POST", "GET", "BREW", ""])]
    ),
    mustBeRefused: false
  }),
  length: (draft, random) =>
    unframed(
      also({ ...draft, headers: without(draft.headers, "Content-Length") }, [
        "Content-Length",
        random.pick(["0", "5", "-1", "1e3", "99999999999999999999", "+2", "0x10", "2, 2", "16385", "abc", ""])
      ])
    ),
  "two-lengths": (draft, random) =>
    unframed(
      also(
        draft,
        ["Content-Length", String(draft.body?.length ?? 0)],
        ["Content-Length", random.pick(["0", "1", String(draft.body?.length ?? 0)])]
      )
    ),
  "length-and-chunks": (draft, random) =>
    unframed(
      also(
        draft,
        ["Content-Length", "4"],
        ["Transfer-Encoding", random.pick(["chunked", "chunked, chunked", "gzip, chunked", "identity", "\x0bchunked"])]
      )
    ),
  "body-nowhere": (draft) => ({ ...draft, body: Buffer.from("{}") })
}

/** Adds something odd to the head of a request. */
export const withOddHead = (draft: Draft, random: Seeded): Draft => {
  const [kind, edit] = random.pick(Object.entries(edits))
  const edited = edit(draft, random)
  return { ...edited, kind: `head-${kind}` }
}
