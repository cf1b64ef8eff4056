import { Context } from "effect"
import type { Permission } from "../Module.ts"
import type { Role } from "../platform/contract/Access.ts"

/** The permissions of the modules that are on. The program's root provides them. */
export const Permissions = Context.Reference<ReadonlyArray<Permission>>("fairground/accounts/Permissions", {
  defaultValue: () => []
})

/** What each role may do. */
export const byRole = (permissions: ReadonlyArray<Permission>) => {
  const of = (role: Role): ReadonlySet<string> =>
    new Set(permissions.filter(({ roles }) => roles.includes(role)).map(({ name }) => name))
  return { viewer: of("viewer"), editor: of("editor"), admin: of("admin"), owner: of("owner") } as const
}
