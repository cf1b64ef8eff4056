import { readdirSync, readFileSync } from "node:fs"

/** Data about other processes from Linux's /proc. On other systems there is none (NaN, empty). */

const read = (path: string): string => {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return ""
  }
}

/**
 * CPU time so far of a process's main thread, which runs the event loop, in milliseconds. NaN if the system does not tell.
 */
export const workedFor = (pid: number): number => {
  const [worked] = read(`/proc/${pid}/task/${pid}/schedstat`).split(" ")
  return worked === undefined || worked === "" ? Number.NaN : Number(worked) / 1e6
}

/** Milliseconds for which that thread has waited for a CPU. */
export const waitedFor = (pid: number): number => {
  const [, waited] = read(`/proc/${pid}/task/${pid}/schedstat`).split(" ")
  return waited === undefined ? Number.NaN : Number(waited) / 1e6
}

/** Resident memory in MB (10^6 bytes). */
export const memoryOf = (pid: number): number => {
  const kib = /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1]
  return kib === undefined ? Number.NaN : (Number(kib) * 1024) / 1e6
}

/** The processes whose environment contains this text. */
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
