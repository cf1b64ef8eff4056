import { readdirSync, readFileSync } from "node:fs"

/** Linux's own account of other processes. Elsewhere there is none (NaN, empty). */

const read = (path: string): string => {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return ""
  }
}

/**
 * Milliseconds for which a process's main thread, where the event loop runs, has had a processor so far. NaN where the system does
 * not tell.
 */
export const workedFor = (pid: number): number => {
  const [worked] = read(`/proc/${pid}/task/${pid}/schedstat`).split(" ")
  return worked === undefined || worked === "" ? Number.NaN : Number(worked) / 1e6
}

/** Milliseconds for which it has waited for one. */
export const waitedFor = (pid: number): number => {
  const [, waited] = read(`/proc/${pid}/task/${pid}/schedstat`).split(" ")
  return waited === undefined ? Number.NaN : Number(waited) / 1e6
}

/** Resident memory in MB (10^6 bytes). */
export const memoryOf = (pid: number): number => {
  const kib = /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1]
  return kib === undefined ? Number.NaN : (Number(kib) * 1024) / 1e6
}

/** The processes whose environment holds this text. */
export const processesWith = (text: string): ReadonlyArray<number> => {
  const names = (() => {
    try {
      return readdirSync("/proc")
    } catch {
      return []
    }
  })()
  return names
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => read(`/proc/${pid}/environ`).includes(text))
}
