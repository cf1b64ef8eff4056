import type { Role } from "../../platform/contract/Access.ts"

/** Whether the installation (`SECOND_FACTOR`) demands a second factor of people with this role. */
export const demands = (policy: "optional" | "staff-admins" | "required", role: Role): boolean =>
  policy === "required" || (policy === "staff-admins" && (role === "owner" || role === "admin"))
