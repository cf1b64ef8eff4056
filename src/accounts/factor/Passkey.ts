import { Option, Schema, SchemaTransformation } from "effect"
import * as Moment from "../../platform/contract/Moment.ts"
import { plainText } from "../../platform/contract/PlainText.ts"
import { uuidV7 } from "../../platform/contract/UuidV7.ts"
import { AccountId } from "../Account.ts"

export const passkeyExample = "019aa0c5-9a11-7d30-8c5e-3f0a7b6e2d41"

export const PasskeyId = uuidV7("passkey", passkeyExample).pipe(Schema.brand("PasskeyId"))
export type PasskeyId = typeof PasskeyId.Type

export const PasskeyName = plainText(100, {
  description: "The passkey's name for its owner. One line of at most 100 characters.",
  examples: ["Nora's phone"]
})

/** A row of the table. */
export const Passkey = Schema.Struct({
  id: PasskeyId,
  accountId: AccountId,
  /** In base64url, as WebAuthn has it. */
  credentialId: Schema.String,
  /** COSE (RFC 9052). */
  publicKey: Schema.Uint8Array,
  /** How often it was used, as it says itself; 0: it does not count. */
  signCount: Schema.Finite,
  transports: Schema.Array(Schema.String),
  isBackedUp: Schema.Boolean,
  name: PasskeyName,
  createdAt: Schema.DateTimeUtcFromDate,
  lastUsedAt: Schema.NullOr(Schema.DateTimeUtcFromDate)
})
export type Passkey = typeof Passkey.Type

/** The answer. */
export const PasskeyFacts = Schema.Struct({
  id: PasskeyId,
  name: PasskeyName,
  isBackedUp: Schema.Boolean.annotate({
    description: "Whether the passkey is synchronised to other devices of its owner, and so survives the loss of one.",
    examples: [true]
  }),
  createdAt: Moment.toClient("When it was added, in UTC.", "2026-11-20T10:00:00.000Z"),
  lastUsedAt: Moment.toClientOrNull("When it was last used, in UTC; null: never.", "2026-11-21T08:30:00.000Z")
}).annotate({ identifier: "Passkey", description: "A passkey of the account." })

const base64Url = Schema.String.check(Schema.isPattern(/^[\w-]{1,12000}$/))

/**
 * An object of the browser, of which only the members in `schema` are read: browsers may add others. The document shows the example.
 */
const ofBrowser = <A extends object, Encoded>(
  schema: Schema.Codec<A, Encoded>,
  annotations: {
    readonly identifier: string
    readonly description: string
    readonly example: Encoded & Schema.JsonObject
  }
) => {
  const read = Schema.decodeUnknownOption(schema)
  const { description, example, identifier } = annotations
  return (
    Schema.Record(Schema.String, Schema.Json)
      // Before the check that JSON Schema cannot express: annotations after it are missing from the document.
      .annotate({ identifier, description, examples: [example] })
      .check(
        Schema.makeFilter((value) => Option.isSome(read(value)) || "Expected what `toJSON()` of the credential gives")
      )
      .pipe(
        Schema.decodeTo(
          Schema.toType(schema),
          SchemaTransformation.transform({
            decode: (value) => Option.getOrThrow(read(value)),
            encode: (value) => value as unknown as Schema.JsonObject
          })
        )
      )
  )
}

const credential = { id: base64Url, rawId: base64Url, type: Schema.Literal("public-key") }

/** `PublicKeyCredential.toJSON()` of `navigator.credentials.create()`. */
export const RegistrationResponse = ofBrowser(
  Schema.Struct({
    ...credential,
    response: Schema.Struct({
      clientDataJSON: base64Url,
      attestationObject: base64Url,
      transports: Schema.optionalKey(
        Schema.Array(Schema.String.check(Schema.isPattern(/^[a-z-]{1,20}$/))).check(Schema.isMaxLength(10))
      )
    })
  }),
  {
    identifier: "PasskeyRegistration",
    description:
      "The result of `navigator.credentials.create()`, as its `toJSON()` gives it. Members that are not in the example are ignored.",
    example: {
      id: "rMTiTYpFZ6ZYbE7pWJtcNw",
      rawId: "rMTiTYpFZ6ZYbE7pWJtcNw",
      type: "public-key",
      response: {
        clientDataJSON: "eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIn0",
        attestationObject: "o2NmbXRkbm9uZQ",
        transports: ["internal", "hybrid"]
      }
    }
  }
)
export type RegistrationResponse = typeof RegistrationResponse.Type

/** `PublicKeyCredential.toJSON()` of `navigator.credentials.get()`. */
export const AssertionResponse = ofBrowser(
  Schema.Struct({
    ...credential,
    response: Schema.Struct({
      clientDataJSON: base64Url,
      authenticatorData: base64Url,
      signature: base64Url,
      /** Null or left out: the device does not say whose passkey it is. */
      userHandle: Schema.optionalKey(Schema.NullOr(Schema.String.check(Schema.isPattern(/^[\w-]{0,200}$/))))
    })
  }),
  {
    identifier: "PasskeyAssertion",
    description:
      "The result of `navigator.credentials.get()`, as its `toJSON()` gives it. Members that are not in the example are ignored.",
    example: {
      id: "rMTiTYpFZ6ZYbE7pWJtcNw",
      rawId: "rMTiTYpFZ6ZYbE7pWJtcNw",
      type: "public-key",
      response: {
        clientDataJSON: "eyJ0eXBlIjoid2ViYXV0aG4uZ2V0In0",
        authenticatorData: "SZYN5YgOjGh0NBcPZHZgW4",
        signature: "MEUCIQDx",
        userHandle: "AZqgxY8-fMGxpA5vOj-bUw"
      }
    }
  }
)
export type AssertionResponse = typeof AssertionResponse.Type

const challenge = Schema.String.annotate({
  description: "What the device signs: 32 random bytes in base64url.",
  examples: ["0cP5OWTq3Y2Wv6Qe8m1bKZ0l9nG7rJx4tUaHsDfEyI8"]
})

const Known = Schema.Struct({
  id: Schema.String.annotate({
    description: "The id of the passkey, in base64url.",
    examples: ["rMTiTYpFZ6ZYbE7pWJtcNw"]
  }),
  type: Schema.Literal("public-key").annotate({ description: "The kind of credential.", examples: ["public-key"] }),
  transports: Schema.Array(Schema.String).annotate({
    description: "How the device may be reached.",
    examples: [["internal"]]
  })
}).annotate({ identifier: "PasskeyDescriptor", description: "A passkey that the account has." })

const timeout = Schema.Int.annotate({
  description: "How many milliseconds the browser should wait for the person.",
  examples: [600_000]
})

/** `PublicKeyCredentialCreationOptionsJSON`, WebAuthn Level 3 section 5.4. */
export const RegistrationOptions = Schema.Struct({
  rp: Schema.Struct({
    id: Schema.String.annotate({
      description: "The host name that the passkey will belong to.",
      examples: ["localhost"]
    }),
    name: Schema.String.annotate({ description: "What the browser shows.", examples: ["Fairground"] })
  }).annotate({ description: "This service." }),
  user: Schema.Struct({
    id: Schema.String.annotate({
      description: "The account's id: 16 bytes in base64url.",
      examples: ["AZqgxY8-fMGxpA5vOj-bUw"]
    }),
    name: Schema.String.annotate({ description: "The account's address.", examples: ["nora@shop.example"] }),
    displayName: Schema.String.annotate({ description: "The account's name.", examples: ["Nora"] })
  }).annotate({ description: "The account." }),
  challenge,
  pubKeyCredParams: Schema.Array(
    Schema.Struct({
      type: Schema.Literal("public-key").annotate({ description: "The kind of credential.", examples: ["public-key"] }),
      alg: Schema.Int.annotate({ description: "A COSE algorithm.", examples: [-7] })
    })
  ).annotate({ description: "The algorithms that the service verifies, the preferred one first." }),
  timeout,
  excludeCredentials: Schema.Array(Known).annotate({ description: "The passkeys that the account has already." }),
  authenticatorSelection: Schema.Struct({
    residentKey: Schema.Literal("preferred").annotate({
      description: "So that it can be used without an address.",
      examples: ["preferred"]
    }),
    requireResidentKey: Schema.Boolean.annotate({
      description: "Security keys that cannot store one are welcome.",
      examples: [false]
    }),
    userVerification: Schema.Literal("required").annotate({
      description: "A PIN, a finger or a face.",
      examples: ["required"]
    })
  }).annotate({ description: "What the device must do." }),
  attestation: Schema.Literal("none").annotate({
    description: "The make of the device is not asked for.",
    examples: ["none"]
  })
}).annotate({
  identifier: "PasskeyRegistrationOptions",
  description: "For `PublicKeyCredential.parseCreationOptionsFromJSON()`."
})
export type RegistrationOptions = typeof RegistrationOptions.Type

/** `PublicKeyCredentialRequestOptionsJSON`, WebAuthn Level 3 section 5.5. */
export const AssertionOptions = Schema.Struct({
  challenge,
  timeout,
  rpId: Schema.String.annotate({ description: "The host name that passkeys belong to.", examples: ["localhost"] }),
  allowCredentials: Schema.Array(Known).annotate({
    description: "The account's passkeys. Empty where nobody is known yet: the browser offers what it has."
  }),
  userVerification: Schema.Literal("required").annotate({
    description: "A PIN, a finger or a face.",
    examples: ["required"]
  })
}).annotate({
  identifier: "PasskeyRequestOptions",
  description: "For `PublicKeyCredential.parseRequestOptionsFromJSON()`."
})
export type AssertionOptions = typeof AssertionOptions.Type
