import type * as WebAuthn from "@simplewebauthn/server"
import { Effect, Option, Schema } from "effect"
import type { AssertionResponse, Passkey, RegistrationResponse } from "./Passkey.ts"

/** EdDSA, ES256 and RS256: what devices have. The package would offer ML-DSA too, which Node calls experimental. */
export const algorithms = [-8, -7, -257]

/** This service, as passkeys know it. */
export interface RelyingParty {
  /** A host name. */
  readonly id: string
  /** Of the pages that may use them. */
  readonly origin: string
}

type Package = typeof WebAuthn

/** The package tries experimental parts of WebCrypto when it is loaded, and Node says so on standard error. */
const quietly = async <A>(work: () => Promise<A>): Promise<A> => {
  const emit = process.emitWarning
  process.emitWarning = (warning: string | Error, ...rest: ReadonlyArray<unknown>) => {
    const [kind] = rest
    const type = typeof kind === "object" && kind !== null && "type" in kind ? kind.type : kind
    if (type !== "ExperimentalWarning") Reflect.apply(emit, process, [warning, ...rest])
  }
  try {
    return await work()
  } finally {
    process.emitWarning = emit
  }
}

let loading: Promise<Package> | undefined

// It costs 0.2 s and 22 MB, and most processes never see a passkey.
const load = (): Promise<Package> => (loading ??= quietly(() => import("@simplewebauthn/server")))

const ClientData = Schema.fromJsonString(Schema.Struct({ crossOrigin: Schema.optionalKey(Schema.Boolean) }))
const readClientData = Schema.decodeUnknownOption(ClientData)

/** The page stood in a frame of another site. Ours never do, and the package lets browsers that do not say which site pass. */
const isFramed = (clientDataJSON: string): boolean =>
  Option.match(readClientData(Buffer.from(clientDataJSON, "base64url").toString()), {
    onNone: () => true,
    onSome: ({ crossOrigin }) => crossOrigin === true
  })

/** The package throws for whatever is wrong, with messages that quote the request. */
const orUndefined = <A>(work: (webauthn: Package) => Promise<A | undefined>): Effect.Effect<A | undefined> =>
  Effect.flatMap(Effect.promise(load), (webauthn) =>
    Effect.orElseSucceed(
      Effect.tryPromise(() => work(webauthn)),
      () => undefined
    )
  )

/** Checks a new passkey. Undefined: it does not answer the challenge as it should, or did not verify its owner. */
export const verifyRegistration = (response: RegistrationResponse, challenge: string, party: RelyingParty) =>
  orUndefined(async ({ verifyRegistrationResponse }) => {
    if (isFramed(response.response.clientDataJSON)) return undefined
    const { registrationInfo, verified } = await verifyRegistrationResponse({
      response: { ...response, clientExtensionResults: {} } as unknown as WebAuthn.RegistrationResponseJSON,
      expectedChallenge: challenge,
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      requireUserVerification: true,
      supportedAlgorithmIDs: algorithms
    })
    if (!verified || registrationInfo === undefined) return undefined
    const { credential, credentialBackedUp } = registrationInfo
    return {
      credentialId: credential.id,
      publicKey: credential.publicKey,
      signCount: credential.counter,
      isBackedUp: credentialBackedUp
    }
  })

/** Checks an answer of this passkey. Undefined: wrong challenge, origin, signature or counter, or its owner was not verified. */
export const verifyAssertion = (
  { id, rawId, response, type }: AssertionResponse,
  passkey: Passkey,
  challenge: string,
  party: RelyingParty
) =>
  orUndefined(async ({ verifyAuthenticationResponse }) => {
    const { authenticatorData, clientDataJSON, signature } = response
    if (isFramed(clientDataJSON)) return undefined
    const credential: WebAuthn.WebAuthnCredential = {
      id: passkey.credentialId,
      publicKey: new Uint8Array(passkey.publicKey),
      counter: passkey.signCount
    }
    const { authenticationInfo, verified } = await verifyAuthenticationResponse({
      response: {
        id,
        rawId,
        type,
        response: { authenticatorData, clientDataJSON, signature },
        clientExtensionResults: {}
      },
      credential,
      expectedChallenge: challenge,
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      requireUserVerification: true
    })
    return verified
      ? { signCount: authenticationInfo.newCounter, isBackedUp: authenticationInfo.credentialBackedUp }
      : undefined
  })
