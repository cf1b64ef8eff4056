import { Effect } from "effect"
import { request } from "node:http"
import { attempt } from "./BenchError.ts"

/** An answer as it came: the body is still encoded. */
export interface Answer {
  readonly path: string
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** `node:http`, because `fetch` decodes what is compressed. */
const ask = (port: number, path: string, headers: Readonly<Record<string, string>>) =>
  new Promise<Answer>((resolve, reject) => {
    request({ port, host: "127.0.0.1", path, headers, agent: false }, (response) => {
      const chunks: Array<Buffer> = []
      response.on("data", (chunk: Buffer) => chunks.push(chunk))
      response.on("error", reject)
      response.on("end", () => {
        const all = Object.entries(response.headers).map(([name, value]) => [name, String(value)])
        resolve({
          path,
          status: response.statusCode ?? 0,
          headers: Object.fromEntries(all),
          body: Buffer.concat(chunks)
        })
      })
    })
      .on("error", reject)
      .end()
  })

/** Asks a server on this machine for a path. */
export const get = Effect.fnUntraced(function* (
  port: number,
  path: string,
  headers: Readonly<Record<string, string>>,
  status = 200
) {
  return yield* attempt(path, async () => {
    const answer = await ask(port, path, headers)
    if (answer.status !== status) throw new Error(`status ${answer.status}, not ${status}`)
    return answer
  })
})
