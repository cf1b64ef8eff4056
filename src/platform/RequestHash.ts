import { createHash } from "node:crypto"
import { canonical } from "./contract/JsonData.ts"

/** The SHA-256 of a request, which is kept with its idempotency key. The order of an object's members makes no difference. */
export const requestHash = (request: unknown): Uint8Array => createHash("sha256").update(canonical(request)).digest()

/** Whether both are known and equal. */
export const isSameRequest = (a: Uint8Array | null | undefined, b: Uint8Array | null | undefined): boolean =>
  a !== null && a !== undefined && b !== null && b !== undefined && Buffer.compare(a, b) === 0
