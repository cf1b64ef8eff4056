import type { Permission } from "../Module.ts"
import { type Role, roles } from "../platform/contract/Access.ts"

const descriptions: Readonly<Record<Role, string>> = {
  viewer: "Sees games, tasks and numbers, and nothing of players.",
  editor: "Runs games: changes what a viewer sees, and sees players.",
  admin: "Also manages accounts, invitations and keys up to its own role, and sees the audit log.",
  owner: "May do what an admin may, and alone makes, changes and removes owners. There is always one."
}

/** Every role with what it may do, from the one that may do least. */
export const rolesWith = (permissions: ReadonlyArray<Permission>) =>
  roles.map((role) => ({
    name: role,
    description: descriptions[role],
    permissions: permissions
      .filter((permission) => permission.roles.includes(role))
      .map(({ description, name }) => ({ name, description }))
      .sort((one, other) => (one.name < other.name ? -1 : 1))
  }))
