import type { Probe, Sample } from "../target/Prober.ts"

/** How long an event loop may be unresponsive, in milliseconds. */
export const deafMillis = 2000

/** How much memory a replica may use, in MB (10^6 bytes). */
export const mostMegabytes = 768

/** By how many MB a replica's memory may grow late in its life, and the shortest life that is judged. */
const growthMegabytes = 128
const leastSamples = 120

/**
 * For how many milliseconds a replica was unresponsive through its own work. Time in which the process waits for a CPU or the
 * disk is not counted, because the machine causes it.
 */
export const deafness = ({ lateMillis, wallMillis, workedMillis }: Probe): number => {
  const deaf = Math.max(0, wallMillis - lateMillis)
  return Number.isNaN(workedMillis) ? deaf : Math.min(deaf, workedMillis)
}

export const deafFaults = (probe: Probe): ReadonlyArray<string> =>
  deafness(probe) <= deafMillis
    ? []
    : [
        `replica ${probe.replica} answered /health/live after ${Math.round(probe.wallMillis)} ms, of which it worked on ` +
          `something else for ${Math.round(probe.workedMillis)} ms`
      ]

const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN

/** Processes that used too much memory, or more and more of it. */
export const memoryFaults = (samples: ReadonlyArray<Sample>): ReadonlyArray<string> =>
  [...Map.groupBy(samples, ({ pid }) => pid).values()].flatMap((life) => {
    const replica = life[0]?.replica
    const sizes = life.map(({ megabytes }) => megabytes)
    const peak = Math.max(...sizes)
    if (peak > mostMegabytes) return [`replica ${replica} had ${Math.round(peak)} MB`]
    if (life.length < leastSamples) return []
    // Caches fill and the heap grows to its size in the first half.
    const early = median(sizes.slice(Math.floor(life.length / 4), Math.floor(life.length / 2)))
    const late = median(sizes.slice(Math.floor((life.length * 3) / 4)))
    return late - early > growthMegabytes
      ? [`replica ${replica} grew from ${Math.round(early)} MB to ${Math.round(late)} MB in a life of ${life.length} s`]
      : []
  })

/** Secrets that appear in a log. */
export const logFaults = (log: string, secrets: Readonly<Record<string, string>>): ReadonlyArray<string> =>
  Object.entries(secrets).flatMap(([name, secret]) =>
    [secret, Buffer.from(secret).toString("base64").replace(/=+$/, ""), encodeURIComponent(secret)].some((written) =>
      log.includes(written)
    )
      ? [`a log holds ${name}: ${(log.split("\n").find((line) => line.includes(secret)) ?? "").slice(0, 500)}`]
      : []
  )
