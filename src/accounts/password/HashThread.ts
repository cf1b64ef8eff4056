/** A thread that computes hashes of passwords, one at a time. */
import { argon2Sync } from "node:crypto"
import { setPriority } from "node:os"
import { parentPort } from "node:worker_threads"

export interface Job {
  /** Normalised. */
  readonly password: string
  readonly salt: Uint8Array
  readonly memory: number
  readonly passes: number
  readonly parallelism: number
  readonly tagLength: number
}

// On Linux this is the priority of the calling thread alone; elsewhere it would be that of the whole process.
if (process.platform === "linux") {
  try {
    setPriority(0, 5)
  } catch {
    // Where a sandbox forbids it, hashes have the priority of the rest.
  }
}

parentPort?.on("message", ({ memory, parallelism, passes, password, salt, tagLength }: Job) => {
  parentPort?.postMessage(
    argon2Sync("argon2id", { message: password, nonce: salt, memory, passes, parallelism, tagLength })
  )
})
