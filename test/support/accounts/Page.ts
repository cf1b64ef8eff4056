import { Effect } from "effect"
import { cookieNames } from "../../../src/accounts/access/Cookies.ts"
import type { Answer, Client } from "../service/Service.ts"

/** The `Set-Cookie` headers of an answer. */
export const setCookies = ({ headers }: Answer): ReadonlyArray<string> => {
  const found = headers["set-cookie"]
  return found === undefined ? [] : typeof found === "string" ? [found] : found
}

/** A browser that shows a page of the service: it keeps cookies, and says where its requests come from. */
export const makePage = (client: Client, cookies: Record<string, string> = {}) => {
  const jar = new Map(Object.entries(cookies))
  const cookie = () => [...jar].map(([name, value]) => `${name}=${value}`).join("; ")
  const send = (
    base: string,
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = { "sec-fetch-site": "same-origin" }
  ) =>
    Effect.map(
      Effect.promise(() =>
        client.send(base, method, path, body, { ...(jar.size === 0 ? {} : { cookie: cookie() }), ...headers })
      ),
      (answer) => {
        for (const line of setCookies(answer)) {
          const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? []
          if (/max-age=0/i.test(line)) jar.delete(name)
          else jar.set(name, value)
        }
        return answer
      }
    )
  return {
    jar,
    send,
    /** The token in a cookie; empty if there is none. */
    token: (name: keyof typeof cookieNames) => jar.get(cookieNames[name]) ?? "",
    /** The cookies as they are now, for another browser. */
    copy: () => makePage(client, Object.fromEntries(jar))
  }
}
export type Page = ReturnType<typeof makePage>
