/** A family of metrics, as a scrape or the documentation lists it. */
export interface Family {
  readonly name: string
  readonly kind: string
}

/** Units in a name must be Prometheus' base units in the plural, never multiples. */
const otherUnits =
  /(?:^|_)(?:m|n|s|ms|us|ns|sec|mins?|minutes?|hours?|days?|weeks?|(?:milli|micro|nano)second[s]?|(?:kilo|kibi|mega|mebi|giga|gibi)?bits?|(?:kilo|kibi|mega|mebi|giga|gibi)bytes?|[kmg]i?b|second|byte|percent)(?:_|$)/

/**
 * Checks a name by the rules of Prometheus' own linter (`promtool check metrics`), as far as they can be checked without it.
 */
export const faultsOf = ({ kind, name }: Family): ReadonlyArray<string> => {
  const rules: ReadonlyArray<readonly [isBroken: boolean, rule: string]> = [
    [!/^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/.test(name), "is not in snake case"],
    [kind === "counter" && !name.endsWith("_total"), "is a counter and does not end with _total"],
    [kind !== "counter" && name.endsWith("_total"), "ends with _total and is no counter"],
    [/_(?:count|sum|bucket|info)$/.test(name), "ends with what the parts of a histogram end with"],
    [/(?:^|_)(?:counter|gauge|histogram|summary)(?:_|$)/.test(name), "names its kind"],
    [otherUnits.test(name), "has a unit that is no base unit: seconds, bytes, ratio"]
  ]
  return rules.flatMap(([isBroken, rule]) => (isBroken ? [`${name} ${rule}`] : []))
}
