import { readdirSync, readFileSync } from "node:fs"

/** CPU time and memory of other processes, from Linux's /proc. NaN on other systems. */

// Linux counts in hundredths of a second on every architecture that Node supports.
const tickMs = 10

const stat = (pid: number): ReadonlyArray<string> | undefined => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8")
    // The second field is a name in parentheses, which may contain anything.
    return text.slice(text.lastIndexOf(")") + 2).split(" ")
  } catch {
    return undefined
  }
}

const sum = (fields: ReadonlyArray<string> | undefined, from: number, to: number) =>
  fields === undefined ? Number.NaN : fields.slice(from, to).reduce((total, field) => total + Number(field), 0) * tickMs

/** User and system time of a process so far, in milliseconds. */
export const ofProcess = (pid: number): number => sum(stat(pid), 11, 13)

/** The same for a process and its children, including those that have exited: a PostgreSQL server with its backends. */
export const ofFamily = (pid: number): number => {
  const parent = stat(pid)
  if (parent === undefined) return Number.NaN
  let total = sum(parent, 11, 15)
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue
    const child = stat(Number(entry))
    if (child?.[1] === String(pid)) total += sum(child, 11, 13)
  }
  return total
}

/** Resident memory, now and at its highest, in MB (10^6 bytes). */
export const memoryOf = (pid: number): { readonly now: number; readonly peak: number } => {
  const read = (name: string, status: string) => {
    const kib = new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1]
    return kib === undefined ? Number.NaN : (Number(kib) * 1024) / 1e6
  }
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8")
    return { now: read("VmRSS", status), peak: read("VmHWM", status) }
  } catch {
    return { now: Number.NaN, peak: Number.NaN }
  }
}
