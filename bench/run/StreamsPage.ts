import type * as Streams from "./Streams.ts"
import { percent, short, table, times, whole } from "./Table.ts"

const rowOf = (name: string, summary: Streams.Result["with"]) => [
  name,
  whole(summary.perSecond),
  short(summary.p50),
  short(summary.p99),
  short(summary.p999),
  summary.service.toFixed(3),
  summary.database.toFixed(3),
  summary.cores.toFixed(2)
]

/** The text about streams in WEB.md. */
export const streamsPage = (result: Streams.Result, plan: Streams.Plan): string => `## Live events

${whole(plan.streams)} people, each with a session of their own, follow all topics of \`GET /api/v1/events\` at one process, while it records
${whole(plan.rate)} plays a second in an open loop. The same without them, in turns: ${plan.rounds} rounds of ${plan.measureMs / 1000} s after ${plan.warmUpMs / 1000} s of warm-up each. Figures are medians. The aim: a p99 of
plays that is at most 10 % worse.

${table(
  ["people who follow", "plays/s", "p50 ms", "p99 ms", "p99.9 ms", "CPU ms/play, service", "database", "cores busy"],
  [rowOf("none", result.without), rowOf(whole(plan.streams), result.with)]
)}

p99 with them to without, the median over the pairs of neighbours: ${times(result.p99)}.

| | |
| --- | --- |
| Memory of the service before, with all streams open, after the plays | ${whole(result.memory.before)}, ${whole(result.memory.open)}, ${whole(result.memory.after)} MB: ${short(((result.memory.after - result.memory.before) * 1000) / plan.streams)} kB a stream |
| A stream gets in a second | ${short(result.events)} events of plays, ${whole(result.bytes)} bytes |
| From a play to when it is read | p50 ${whole(result.delay.p50)} ms, p99 ${whole(result.delay.p99)} ms |
| Plays that a stream was told of | ${percent(result.told)} |
| Times that a stream was told to read again | ${whole(result.refreshes)} |
`
