import { Effect } from "effect"
import { type PermissionName, type Role, roles } from "../platform/contract/Access.ts"
import type { AccountId } from "./Account.ts"
import * as AccountsRepo from "./AccountsRepo.ts"
import { RoleTooHigh } from "./ManagementErrors.ts"
import { byRole, Permissions } from "./Permissions.ts"

/** On whose word accounts, invitations and keys are changed: that of an account, or of whoever has the machine. */
export type By = AccountId | "operator"

/** What somebody may do at this moment. */
export interface Standing {
  readonly role: Role
  readonly permissions: ReadonlySet<string>
}

/** Whether the first role may do all that the second one may. */
export const covers = (role: Role, other: Role): boolean => roles.indexOf(role) >= roles.indexOf(other)

export const make = Effect.gen(function* () {
  const repo = yield* AccountsRepo.make
  const permissions = byRole(yield* Permissions)

  /**
   * What `by` may do now. A request was judged when it began, and its account may have been demoted since: so whoever changes
   * something asks again, with the account's row locked. Undefined: the account is disabled or gone.
   */
  const standingOf = (by: By) =>
    by === "operator"
      ? Effect.succeed<Standing>({ role: "owner", permissions: permissions.owner })
      : Effect.map(repo.roleOf(by), (role): Standing | undefined =>
          role === undefined ? undefined : { role, permissions: permissions[role] }
        )

  /** Fails unless `by` has the permission now, and all that these roles have. */
  const requireOver = Effect.fnUntraced(function* (by: By, permission: PermissionName, ...over: ReadonlyArray<Role>) {
    if (by === "operator") return
    const standing = yield* standingOf(by)
    const may =
      standing !== undefined &&
      standing.permissions.has(permission) &&
      over.every((role) => covers(standing.role, role))
    if (!may) return yield* new RoleTooHigh({})
  })

  return { standingOf, requireOver, permissions }
})
