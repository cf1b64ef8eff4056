import { Context, Effect, Layer, Schema } from "effect"
import { createCipheriv, createDecipheriv, hash, randomBytes } from "node:crypto"
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { SecretsKeyMissing } from "./contract/SecretsKeyMissing.ts"
import { Settings } from "./settings/Settings.ts"
import { SettingsError } from "./settings/SettingsGroup.ts"

export { SecretsKeyMissing }

/** What is stored cannot be read: its key has left the ring, or the bytes were changed or moved. */
export class SecretUnreadable extends Schema.TaggedError<SecretUnreadable>()("SecretUnreadable", {
  context: Schema.String
}) {
  override get message(): string {
    return `A secret (${this.context}) cannot be decrypted: SECRETS_KEY lacks the key that encrypted it.`
  }
}

interface Key {
  readonly id: Buffer
  readonly bytes: Buffer
}

const keyOf = (bytes: Buffer): Key => ({
  id: Buffer.from(hash("sha256", Buffer.concat([Buffer.from("fairground key id"), bytes]), "buffer")).subarray(0, 4),
  bytes
})

const version = 1
const [headLength, nonceLength, tagLength] = [5, 12, 16]

/** Version, key id, nonce and tag before the ciphertext of AES-256-GCM. */
const sealWith = ({ bytes, id }: Key, context: string, plain: Uint8Array): Buffer => {
  const nonce = randomBytes(nonceLength)
  const cipher = createCipheriv("aes-256-gcm", bytes, nonce, { authTagLength: tagLength })
  cipher.setAAD(Buffer.from(context))
  const body = Buffer.concat([cipher.update(plain), cipher.final()])
  return Buffer.concat([Buffer.from([version]), id, nonce, cipher.getAuthTag(), body])
}

const openWith = (ring: ReadonlyArray<Key>, context: string, sealed: Uint8Array): Buffer | undefined => {
  const bytes = Buffer.from(sealed)
  const key = ring.find(({ id }) => id.equals(bytes.subarray(1, headLength)))
  if (bytes[0] !== version || key === undefined || bytes.length < headLength + nonceLength + tagLength) return undefined
  const nonce = bytes.subarray(headLength, headLength + nonceLength)
  const decipher = createDecipheriv("aes-256-gcm", key.bytes, nonce, { authTagLength: tagLength })
  decipher.setAAD(Buffer.from(context))
  decipher.setAuthTag(bytes.subarray(headLength + nonceLength, headLength + nonceLength + tagLength))
  try {
    return Buffer.concat([decipher.update(bytes.subarray(headLength + nonceLength + tagLength)), decipher.final()])
  } catch {
    return undefined
  }
}

/** The key of an installation with the embedded database, made when it is first needed. Readable by its owner only. */
const keyFile = async (dataDir: string): Promise<Buffer> => {
  const path = join(dataDir, "secrets.key")
  await mkdir(dirname(path), { recursive: true })
  try {
    await writeFile(path, `${randomBytes(32).toString("base64")}\n`, { flag: "wx", mode: 0o600 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error
    await chmod(path, 0o600)
  }
  const bytes = Buffer.from((await readFile(path, "utf8")).trim(), "base64")
  if (bytes.length !== 32) throw new Error(`${path} does not hold a key`)
  return bytes
}

/**
 * Encrypts what must be read back (AES-256-GCM) under a ring of keys, `SECRETS_KEY`: the first encrypts, all of them decrypt, so that a
 * key can be replaced. Tokens and passwords are not for this: they are only ever compared, and stored as hashes.
 */
export class Secrets extends Context.Service<
  Secrets,
  {
    /** False: every `seal` and `open` fails with `SecretsKeyMissing`. */
    readonly isReady: boolean
    /**
     * `context` names the column and the row, such as `account_totp <id>`: what is sealed for one place cannot be opened for
     * another.
     */
    readonly seal: (context: string, plain: Uint8Array) => Effect.Effect<Uint8Array, SecretsKeyMissing>
    readonly open: (
      context: string,
      sealed: Uint8Array
    ) => Effect.Effect<Uint8Array, SecretsKeyMissing | SecretUnreadable>
    /** Whether another key than the ring's first encrypted it, so that whoever uses it should seal it again. */
    readonly isOld: (sealed: Uint8Array) => boolean
  }
>()("fairground/platform/Secrets") {
  static readonly layerOf = (keys: ReadonlyArray<Uint8Array>) => {
    const ring = keys.map((bytes) => keyOf(Buffer.from(bytes)))
    const [first] = ring
    const missing = Effect.fail(new SecretsKeyMissing({}))
    return Layer.succeed(
      Secrets,
      Secrets.of({
        isReady: first !== undefined,
        seal: (context, plain) => (first === undefined ? missing : Effect.sync(() => sealWith(first, context, plain))),
        open: (context, sealed) =>
          first === undefined
            ? missing
            : Effect.suspend(() => {
                const plain = openWith(ring, context, sealed)
                return plain === undefined ? Effect.fail(new SecretUnreadable({ context })) : Effect.succeed(plain)
              }),
        isOld: (sealed) => first !== undefined && !first.id.equals(Buffer.from(sealed).subarray(1, headLength))
      })
    )
  }

  static readonly layer = Layer.unwrap(
    Effect.gen(function* () {
      const { dataDir, databaseUrl, secretsKey } = yield* Settings
      if (secretsKey.length > 0) return Secrets.layerOf(secretsKey)
      if (databaseUrl !== undefined) return Secrets.layerOf([])
      const own = yield* Effect.tryPromise({
        try: () => keyFile(dataDir),
        catch: (error) =>
          new SettingsError({ message: `The key for secrets below DATA_DIR cannot be used: ${String(error)}` })
      })
      return Secrets.layerOf([own])
    })
  )
}
