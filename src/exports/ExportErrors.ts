import { Problem } from "../platform/contract/Problem.ts"

/** 503: as many exports run as may. */
export class TooManyExports extends Problem<TooManyExports>()("TooManyExports", {
  name: "too-many-exports",
  status: 503,
  title: "As many exports run as may",
  explanation:
    "Exports read whole tables, and `EXPORTS_AT_ONCE` bounds how many of them a process makes at once, so that plays are not slowed down. Try again when one has ended."
}) {}
