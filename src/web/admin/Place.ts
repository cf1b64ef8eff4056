/**
 * The place in a list, newest first, after which this id comes. Where there is no operation for one thing, the list is asked for the
 * one thing after that place.
 */
export const placeOf = <Id extends string>(id: Id): Id => {
  const digits = (BigInt(`0x${id.replaceAll("-", "")}`) + 1n).toString(16).padStart(32, "0")
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5") as Id
}
