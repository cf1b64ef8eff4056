/** The vectors of `fairground-fair-1`, which Node, Python and PostgreSQL computed alike. */

export const seed = Uint8Array.from({ length: 32 }, (_, at) => at)

export const manifest = Buffer.from(
  '{"version":"fairground-fair-1","game":"wheel","opensAt":"2026-12-01T08:00:00.000Z","closesAt":"2026-12-24T12:00:00.000Z"}\n'
)

export const address = "nora@shop.example"

/** Numbers of plays of this address, and their odds. */
export const odds = [
  [1, 2644767258222645292n],
  [2, 3772155308964197790n],
  [3, 8634423684902353755n],
  [25, 416918120405447216n]
] as const
