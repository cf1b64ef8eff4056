import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto"
import type { AssertionOptions, RegistrationOptions } from "../../../src/accounts/factor/Passkey.ts"

const sha256 = (data: string | Uint8Array) => createHash("sha256").update(data).digest()

// CBOR (RFC 8949), in its shortest form: text of up to 23 bytes, and 24 to 255 bytes.
const text = (value: string) => Buffer.concat([Buffer.from([0x60 + value.length]), Buffer.from(value)])
const bytes = (value: Uint8Array) => Buffer.concat([Buffer.from([0x58, value.length]), value])

/** What one ceremony does otherwise than a browser and a device should. */
export interface Deviation {
  readonly origin?: string
  readonly rpId?: string
  readonly challenge?: string
  readonly isVerified?: boolean
  readonly isPresent?: boolean
  readonly isFramed?: boolean
  readonly signCount?: number
  readonly type?: string
  /** Signs with another key. */
  readonly key?: KeyObject
  /** Says that it is this passkey. */
  readonly id?: string
  readonly userHandle?: string | null
}

/** A passkey in memory (ES256, attestation "none"), with the browser around it: WebAuthn Level 3. */
export const softAuthenticator = (origin: string, counts = true) => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const ownId = randomBytes(16).toString("base64url")
  let signCount = 0
  let handle: string | null = null

  const clientData = (type: string, challenge: string, change: Deviation) =>
    Buffer.from(
      JSON.stringify({
        type: change.type ?? type,
        challenge: change.challenge ?? challenge,
        origin: change.origin ?? origin,
        crossOrigin: change.isFramed ?? false
      })
    )

  const authenticatorData = (rpId: string, change: Deviation, credential?: Buffer) => {
    const flags =
      (change.isPresent === false ? 0 : 1) | (change.isVerified === false ? 0 : 4) | (credential === undefined ? 0 : 64)
    const count = Buffer.alloc(4)
    count.writeUInt32BE(change.signCount ?? signCount)
    return Buffer.concat([sha256(change.rpId ?? rpId), Buffer.from([flags]), count, credential ?? Buffer.alloc(0)])
  }

  return {
    id: ownId,
    privateKey,
    countsFrom: (count: number) => {
      signCount = count
    },
    /** `navigator.credentials.create()` and `toJSON()`. */
    create: ({ challenge, rp, user }: RegistrationOptions, change: Deviation = {}) => {
      handle = user.id
      const { x = "", y = "" } = publicKey.export({ format: "jwk" })
      const cose = Buffer.concat([
        Buffer.from([0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21]),
        bytes(Buffer.from(x, "base64url")),
        Buffer.from([0x22]),
        bytes(Buffer.from(y, "base64url"))
      ])
      const id = Buffer.from(change.id ?? ownId, "base64url")
      const credential = Buffer.concat([Buffer.alloc(16), Buffer.from([id.length >> 8, id.length & 255]), id, cose])
      const attestation = Buffer.concat([
        Buffer.concat([Buffer.from([0xa3]), text("fmt"), text("none"), text("attStmt"), Buffer.from([0xa0])]),
        text("authData"),
        bytes(authenticatorData(rp.id, change, credential))
      ])
      return {
        id: id.toString("base64url"),
        rawId: id.toString("base64url"),
        type: "public-key" as const,
        response: {
          clientDataJSON: clientData("webauthn.create", challenge, change).toString("base64url"),
          attestationObject: attestation.toString("base64url"),
          transports: ["internal"]
        },
        authenticatorAttachment: "platform",
        clientExtensionResults: { credProps: { rk: true } }
      }
    },
    /** `navigator.credentials.get()` and `toJSON()`. */
    get: ({ challenge, rpId }: AssertionOptions, change: Deviation = {}) => {
      if (counts) signCount++
      const data = authenticatorData(rpId, change)
      const client = clientData("webauthn.get", challenge, change)
      const signature = sign("sha256", Buffer.concat([data, sha256(client)]), change.key ?? privateKey)
      const userHandle = change.userHandle === undefined ? handle : change.userHandle
      return {
        id: change.id ?? ownId,
        rawId: change.id ?? ownId,
        type: "public-key" as const,
        response: {
          clientDataJSON: client.toString("base64url"),
          authenticatorData: data.toString("base64url"),
          signature: signature.toString("base64url"),
          ...(userHandle === null ? {} : { userHandle })
        },
        clientExtensionResults: {}
      }
    }
  }
}
export type SoftAuthenticator = ReturnType<typeof softAuthenticator>
