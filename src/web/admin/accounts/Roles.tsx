import { Client, useQuery } from "../Client.ts"
import { useIdentity } from "../Identity.tsx"
import { To } from "../Navigation.tsx"
import { useFormat, useWords } from "../Speech.tsx"
import { Badge } from "../ui/Badge.tsx"
import { Icon } from "../ui/Icons.tsx"
import { Loaded } from "../ui/Loaded.tsx"
import { Skeleton } from "../ui/Skeleton.tsx"

/** What each role may do: permissions below each other, roles side by side. */
export const Roles = () => {
  const words = useWords()
  const format = useFormat()
  const me = useIdentity().account
  const roles = useQuery(Client.query("accounts", "roles", { reactivityKeys: ["roles"], timeToLive: "10 minutes" }))
  return (
    <Loaded
      query={roles}
      skeleton={
        <div className="card">
          <Skeleton rows={9} />
        </div>
      }
    >
      {({ items }) => {
        const permissions = [
          ...new Map(items.flatMap((role) => role.permissions.map((one) => [one.name, one] as const))).values()
        ].toSorted((one, other) => (one.name < other.name ? -1 : 1))
        return (
          <div className="list">
            <div className="list-scroll" role="region" aria-label={words.accounts.tabs.roles} tabIndex={0}>
              <table className="roles">
                <caption className="hidden">{words.accounts.tabs.roles}</caption>
                <thead>
                  <tr>
                    <th scope="col">{words.accounts.permission}</th>
                    {items.map(({ name }) => (
                      <th key={name} scope="col">
                        <To to="/accounts" search={{ role: name }}>
                          {words.shell.roles[name]}
                        </To>
                        {name === me.role ? (
                          <>
                            {" "}
                            <Badge>{words.accounts.you}</Badge>
                          </>
                        ) : null}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {permissions.map(({ description, name }) => (
                    <tr key={name}>
                      <th scope="row">
                        <code>{name}</code>
                        <span className="quiet small" style={{ display: "block", fontWeight: 400 }}>
                          {permissionWords(words.accounts.permissions, name) ?? description}
                        </span>
                      </th>
                      {items.map((role) => {
                        const isAllowed = role.permissions.some((one) => one.name === name)
                        return (
                          <td key={role.name}>
                            <span className={isAllowed ? "role-mark" : "role-mark quiet"} aria-hidden="true">
                              {isAllowed ? <Icon name="tick" /> : words.shell.none}
                            </span>
                            <span className="hidden">
                              {isAllowed ? words.accounts.allowed : words.accounts.notAllowed}
                            </span>
                          </td>
                        )
                      })}
                    </tr>
                  ))}
                </tbody>
                <tfoot>
                  <tr>
                    <th scope="row" className="quiet">
                      {words.accounts.inAll}
                    </th>
                    {items.map((role) => (
                      <td key={role.name} className="quiet figures">
                        {format.number(role.permissions.length)}
                      </td>
                    ))}
                  </tr>
                </tfoot>
              </table>
            </div>
          </div>
        )
      }}
    </Loaded>
  )
}

/** A permission in the person's language: the service describes them in English, and modules may bring more. */
export const permissionWords = (known: Readonly<Record<string, string>>, name: string): string | undefined =>
  known[name]
