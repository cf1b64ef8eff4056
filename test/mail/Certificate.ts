import { generateKeyPairSync, randomBytes, sign } from "node:crypto"

// DER (X.690), as far as a certificate needs it.
const der = (tag: number, ...parts: ReadonlyArray<Uint8Array>): Buffer => {
  const body = Buffer.concat(parts)
  const size: Array<number> = []
  for (let left = body.length; left > 0; left >>= 8) size.unshift(left & 0xff)
  const length = body.length < 128 ? [body.length] : [0x80 | size.length, ...size]
  return Buffer.concat([Buffer.from([tag, ...length]), body])
}
const sequence = (...parts: ReadonlyArray<Uint8Array>) => der(0x30, ...parts)
const text = (value: string) => der(0x0c, Buffer.from(value))
const identifier = (...bytes: ReadonlyArray<number>) => der(0x06, Buffer.from(bytes))
const time = (date: Date) => der(0x18, Buffer.from(`${date.toISOString().replaceAll(/[-:T]|\..*/g, "")}Z`))

/** A self-made certificate of a host, as PEM with its key, valid for an hour. */
export const selfMade = (host = "localhost") => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const algorithm = sequence(identifier(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02)) // ecdsa-with-SHA256
  const name = sequence(der(0x31, sequence(identifier(0x55, 0x04, 0x03), text(host)))) // commonName
  const names = sequence(der(0x82, Buffer.from(host)))
  const extensions = sequence(
    sequence(identifier(0x55, 0x1d, 0x11), der(0x04, names)), // subjectAltName
    sequence(identifier(0x55, 0x1d, 0x13), der(0x04, sequence(der(0x01, Buffer.from([0xff]))))) // basicConstraints: CA
  )
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    name,
    sequence(time(new Date(Date.now() - 60_000)), time(new Date(Date.now() + 3_600_000))),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, extensions)
  )
  const signature = sign("sha256", body, privateKey)
  const whole = sequence(body, algorithm, der(0x03, Buffer.from([0]), signature))
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${whole.toString("base64").replaceAll(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString()
  }
}
