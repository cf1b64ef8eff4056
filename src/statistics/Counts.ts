/**
 * The counts of statistics. Each is a column of `statistics_quarter` and of `statistics_total`, and all of them are sums: of plays, of
 * contacts, and of differences. So the three texts below give the same columns.
 */

/** A player's n-th play counts for each of these n: that many players have reached it. The first is `players`. */
export const reaches = [2, 3, 5, 10, 20, 50, 100] as const

/** The upper bounds of the times from a contact's play to its verdict, in seconds. */
export const waits = [
  ["took_100ms", 0.1],
  ["took_250ms", 0.25],
  ["took_500ms", 0.5],
  ["took_1s", 1],
  ["took_1500ms", 1.5],
  ["took_3s", 3],
  ["took_10s", 10],
  ["took_1m", 60],
  ["took_10m", 600],
  ["took_1h", 3600],
  ["took_1d", 86_400],
  ["took_longer", Infinity]
] as const

const verdicts = ["existed", "created", "rejected"] as const

const reachColumns = reaches.map((reach) => `reached_${reach}`)
const waitColumns = waits.map(([name]) => name)

/** The counts of plays, and of their contacts. */
export const ofPlays: ReadonlyArray<string> = ["plays", "players", ...reachColumns]
export const ofContacts: ReadonlyArray<string> = ["contacts", ...verdicts, ...waitColumns]
export const counts: ReadonlyArray<string> = [...ofPlays, ...ofContacts]

/** The counts of an hour: those that are shown by time. */
const ofHours: ReadonlyArray<string> = ["plays", "players", ...ofContacts]

const each = (columns: ReadonlyArray<string>, text: (column: string) => string) => columns.map(text).join(", ")

/** Texts of statements about these columns. */
const textsOf = (columns: ReadonlyArray<string>) => ({
  /** `sum(plays) as plays, …` */
  sums: each(columns, (column) => `coalesce(sum(${column}), 0) as ${column}`),
  /** `plays, players, …` */
  names: each(columns, (column) => column),
  /** `-plays, -players, …` */
  negatives: each(columns, (column) => `-${column}`),
  /** `plays = stored.plays + excluded.plays, …`: adds to a row that is there. */
  added: each(columns, (column) => `${column} = stored.${column} + excluded.${column}`),
  /** `plays <> 0 or players <> 0 or …` */
  isSome: columns.map((column) => `${column} <> 0`).join(" or "),
  /** The same of their sums, for `having`. */
  isSomeSum: columns.map((column) => `sum(${column}) <> 0`).join(" or ")
})

export const { added, isSome, isSomeSum, names, negatives, sums } = textsOf(counts)

/** The same of the counts of an hour. */
export const hourly = textsOf(ofHours)

const zeros = (columns: ReadonlyArray<string>) => each(columns, (column) => `0 as ${column}`)

const isWait = (wait: string, at: number) => {
  const upTo = waits[at]?.[1] ?? Infinity
  const before = waits[at - 1]
  const above = before === undefined ? "" : `${wait} > ${before[1]}`
  const below = upTo === Infinity ? "" : `${wait} <= ${upTo}`
  return [above, below].filter((text) => text !== "").join(" and ")
}

const tally = (wait: string, isIt: (wait: string, at: number) => string) =>
  waits.map(([name], at) => `count(*) filter (where ${isIt(wait, at)}) as ${name}`).join(", ")

/** Aggregates over rows of `play`. */
export const overPlays = `count(*) as plays, count(*) filter (where number = 1) as players, ${reaches
  .map((reach) => `count(*) filter (where number = ${reach}) as reached_${reach}`)
  .join(", ")}, ${zeros(ofContacts)}`

/** Aggregates over contacts with a `verdict` and a `wait`, which is null without a verdict. */
export const overContacts = `${zeros(ofPlays)}, count(*) as contacts, ${each(
  verdicts,
  (verdict) => `count(*) filter (where verdict = '${verdict}') as ${verdict}`
)}, ${tally("wait", isWait)}`

/** The quarter of a moment, as `quarterAt` gives it. */
export const quarterOf = (moment: string) => `floor(date_part('epoch', ${moment}) / 900)::integer`

/** Laterals with the counts of a row of `statistics_difference`, in `numbered` and `waited`. */
export const differenceLaterals = `
      cross join lateral (
        select ${reaches.map((reach) => `count(*) filter (where number = ${reach}) as reached_${reach}`).join(", ")}
        from unnest(difference.numbers) number
      ) numbered
      cross join lateral (
        select ${waits.map(([name], at) => `coalesce(sum(sign) filter (where ${isWait("wait", at)}), 0) as ${name}`).join(", ")}
        from (
          select wait, 1 as sign from unnest(difference.waits) wait
          union all select wait, -1 from unnest(difference.waits_taken_back) wait
        ) both_ways
      ) waited`

/** The counts of a row of `statistics_difference` with these laterals. */
export const ofDifference = [
  "coalesce(difference.plays, 0) as plays",
  "coalesce(difference.plays, 0) - coalesce(cardinality(difference.numbers), 0) as players",
  ...reachColumns.map((column) => `numbered.${column}`),
  ...["contacts", ...verdicts].map((column) => `coalesce(difference.${column}, 0) as ${column}`),
  ...waitColumns.map((column) => `waited.${column}`)
].join(", ")
