/** Why a password is refused. */
export const refusals = [
  "too-short",
  "too-long",
  "repetitive",
  "common",
  "service-name",
  "personal",
  "breached"
] as const
export type Refusal = (typeof refusals)[number]
