import type { Probe, Sample } from "../target/Prober.ts"

/** How long an event loop may answer nobody, in milliseconds. */
export const deafMillis = 2000

/** What a replica may have of memory, in MB (10^6 bytes). */
export const mostMegabytes = 768

/** How much more memory a replica may have late in its life than early, in MB, and the least life that says something. */
const growthMegabytes = 128
const leastSamples = 120

/**
 * How long a replica was deaf by its own doing, in milliseconds: it worked on something else and did not answer. A process that waits
 * for a processor, or for the disk, is deaf by the machine's doing.
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

/** Processes that had too much memory, or ever more of it. */
export const memoryFaults = (samples: ReadonlyArray<Sample>): ReadonlyArray<string> =>
  [...Map.groupBy(samples, ({ pid }) => pid).values()].flatMap((life) => {
    const replica = life[0]?.replica
    const sizes = life.map(({ megabytes }) => megabytes)
    const peak = Math.max(...sizes)
    if (peak > mostMegabytes) return [`replica ${replica} had ${Math.round(peak)} MB`]
    if (life.length < leastSamples) return []
    // Caches fill and the heap finds its size in the first half.
    const early = median(sizes.slice(Math.floor(life.length / 4), Math.floor(life.length / 2)))
    const late = median(sizes.slice(Math.floor((life.length * 3) / 4)))
    return late - early > growthMegabytes
      ? [`replica ${replica} grew from ${Math.round(early)} MB to ${Math.round(late)} MB in a life of ${life.length} s`]
      : []
  })

/** What may not stand in a log, and does. */
export const logFaults = (log: string, secrets: Readonly<Record<string, string>>): ReadonlyArray<string> =>
  Object.entries(secrets).flatMap(([name, secret]) =>
    [secret, Buffer.from(secret).toString("base64").replace(/=+$/, ""), encodeURIComponent(secret)].some((written) =>
      log.includes(written)
    )
      ? [`a log holds ${name}: ${(log.split("\n").find((line) => line.includes(secret)) ?? "").slice(0, 500)}`]
      : []
  )
