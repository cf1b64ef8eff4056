import { Effect } from "effect"
import { once } from "node:events"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto"
import { Provider } from "oidc-provider"

/** What the provider knows of a person, as it tells it. */
export interface Person {
  readonly sub: string
  readonly [claim: string]: unknown
}

export const clientId = "fairground"
export const clientSecret = "a secret of the client"

const keyOf = (alg: "RS256" | "ES256" | "PS256") =>
  alg === "ES256"
    ? generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey
    : generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey

/** A JWT of this header and these claims, signed by RS256 with the key; without one, it has no signature. */
export const jwt = (header: object, claims: object, key: KeyObject | undefined): string => {
  const signed = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".")
  return `${signed}.${key === undefined ? "" : sign("sha256", Buffer.from(signed), key).toString("base64url")}`
}

/** It warns of what is for trials only, which this is. */
const quietly = Effect.acquireRelease(
  Effect.sync(() => {
    const { info, warn } = console
    const muted =
      (write: typeof info) =>
      (...args: ReadonlyArray<unknown>) => {
        if (!String(args[0]).includes("oidc-provider ")) write(...args)
      }
    console.info = muted(info)
    console.warn = muted(warn)
    return { info, warn }
  }),
  (original) => Effect.sync(() => Object.assign(console, original))
)

/**
 * An identity provider in this process: a certified one, on loopback, whose people sign in without being asked. What it answers may be
 * replaced for a while.
 */
export const peer = Effect.fnUntraced(function* (alg: "RS256" | "ES256" | "PS256" = "RS256") {
  yield* quietly
  const key = keyOf(alg)
  const people = new Map<string, Person>()
  let current = ""
  let instead: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined
  const asked: Array<string> = []
  let provider: Provider | undefined

  const server = yield* Effect.acquireRelease(
    Effect.promise(async () => {
      const made = createServer((request, response) => {
        asked.push(`${request.method ?? ""} ${request.url ?? ""}`)
        if (instead?.(request, response) === true) return
        if (provider === undefined) {
          response.writeHead(503).end()
        } else if (request.url?.startsWith("/interaction/") === true) {
          void interact(provider, request, response)
        } else {
          void provider.callback()(request, response)
        }
      })
      made.listen(0, "127.0.0.1")
      await once(made, "listening")
      return made
    }),
    (made) =>
      Effect.promise(async () => {
        made.closeAllConnections()
        made.close()
        await once(made, "close")
      })
  )
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`

  const interact = async (at: Provider, request: IncomingMessage, response: ServerResponse) => {
    const { params, grantId } = await at.interactionDetails(request, response)
    const grant =
      (grantId === undefined ? undefined : await at.Grant.find(grantId)) ??
      new at.Grant({ accountId: current, clientId: String(params["client_id"]) })
    grant.addOIDCScope("openid email profile")
    await at.interactionFinished(request, response, {
      login: { accountId: current },
      consent: { grantId: await grant.save() }
    })
  }

  return {
    issuer,
    people,
    /** Its private key, for tokens that it would not make. */
    key,
    /** The requests that it got. */
    asked,
    /** Registers where browsers are sent back to. Before that, it answers nothing. */
    register: (...redirectUris: ReadonlyArray<string>) => {
      provider = new Provider(issuer, {
        clients: [
          {
            client_id: clientId,
            client_secret: clientSecret,
            redirect_uris: [...redirectUris],
            id_token_signed_response_alg: alg
          }
        ],
        jwks: { keys: [{ ...key.export({ format: "jwk" }), kid: "the key", alg, use: "sig" }] as never },
        claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
        conformIdTokenClaims: false,
        cookies: { keys: ["of a trial"] },
        pkce: { required: () => true },
        features: { devInteractions: { enabled: false } },
        interactions: { url: (_, { uid }) => `/interaction/${uid}` },
        findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ ...people.get(sub), sub }) }),
        ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, IdToken: 600 }
      })
    },
    /** Answers some requests in its place; undefined: none any more. */
    replace: (answer: typeof instead) => {
      instead = answer
    },
    /**
     * What the browser of this person does from the address that the service sent it to: signs in, and ends at the address that it is
     * sent back to, which is returned. With `cookies`, it is a browser that was there before.
     */
    signIn: (location: string, sub: string, cookies = new Map<string, string>()): Effect.Effect<URL> =>
      Effect.promise(async () => {
        current = sub
        let url = new URL(location)
        for (let step = 0; step < 10; step++) {
          const answer = await fetch(url, {
            redirect: "manual",
            headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") }
          })
          for (const line of answer.headers.getSetCookie()) {
            const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? []
            if (value === "") cookies.delete(name)
            else cookies.set(name, value)
          }
          const next = answer.headers.get("location")
          if (next === null) throw new Error(`${url.pathname}: ${answer.status} ${await answer.text()}`)
          url = new URL(next, url)
          if (url.origin !== issuer) return url
        }
        throw new Error("the provider sends the browser round in circles")
      })
  }
})
export type Peer = Effect.Success<ReturnType<typeof peer>>
