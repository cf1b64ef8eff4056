import { DateTime, Option } from "effect"
import { parseIn } from "../../../platform/contract/Moment.ts"

/** What a clock in the zone shows at a moment, as a field for date and time holds it: `2026-12-01T09:00`; "" for null. */
export const wallOf = (at: DateTime.Utc | null, timeZone: string): string => {
  if (at === null) return ""
  const zone = DateTime.zoneFromString(timeZone)
  const shown = Option.isSome(zone) ? DateTime.setZone(at, zone.value) : at
  const { day, hour, minute, month, year } = DateTime.toParts(shown)
  const two = (value: number) => String(value).padStart(2, "0")
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}`
}

/** The moment when a clock in the zone shows that, as the contract writes it; null for "", undefined where there is none. */
export const momentOf = (wall: string, timeZone: string): string | null | undefined =>
  wall === ""
    ? null
    : Option.getOrUndefined(Option.map(parseIn(wall, timeZone), (moment) => DateTime.formatIso(moment)))
