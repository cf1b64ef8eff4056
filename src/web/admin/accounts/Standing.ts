import { type Role, roles } from "../../../platform/contract/Access.ts"
import { useIdentity } from "../Identity.tsx"

/** Whether the first role may do all that the other may: nobody gives or takes more than they have. */
export const covers = (role: Role, other: Role): boolean => roles.indexOf(role) >= roles.indexOf(other)

/** The roles that the person may give, from the one that may do least. */
export const useGivable = (): ReadonlyArray<Role> => {
  const { role } = useIdentity().account
  return roles.filter((other) => covers(role, other))
}
