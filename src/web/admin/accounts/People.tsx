import { AccountId } from "../../../accounts/Account.ts"
import { roles } from "../../../platform/contract/Access.ts"
import { Client } from "../Client.ts"
import { useIdentity } from "../Identity.tsx"
import { useFilters } from "../Navigation.tsx"
import { id as idOf, oneOf, type Raw } from "../Search.ts"
import { useWords } from "../Speech.tsx"
import { Avatar, Badge } from "../ui/Badge.tsx"
import { Empty } from "../ui/Empty.tsx"
import { Filters, NoneFits } from "../ui/Filters.tsx"
import { type Column, List } from "../ui/List.tsx"
import { Select } from "../ui/Select.tsx"
import { Time } from "../ui/Time.tsx"
import { AccountDrawer } from "./AccountDrawer.tsx"
import type { Account } from "./AccountNames.ts"

const kinds = ["person", "machine"] as const
const states = ["enabled", "disabled"] as const

const read = (raw: Raw) => ({
  kind: oneOf(kinds, raw["kind"]),
  role: oneOf(roles, raw["role"]),
  state: oneOf(states, raw["state"]),
  id: idOf(AccountId)(raw["id"])
})

const useColumns = (): ReadonlyArray<Column<Account>> => {
  const words = useWords()
  const own = useIdentity().account.id
  return [
    {
      title: words.accounts.name,
      cell: ({ email, id, name }) => (
        <span className="who">
          <Avatar text={name} />
          <span>
            <span className="clip">{name}</span>
            <span className="clip quiet small" style={{ fontWeight: 400 }}>
              {id === own ? `${words.accounts.you} · ` : ""}
              {email ?? words.accounts.machine}
            </span>
          </span>
        </span>
      )
    },
    { title: words.accounts.role, cell: ({ role }) => words.shell.roles[role] },
    {
      title: words.accounts.state,
      from: "phone",
      cell: ({ disabledAt }) =>
        disabledAt === null ? (
          <Badge tone="good">{words.accounts.enabled}</Badge>
        ) : (
          <Badge tone="bad">{words.accounts.disabled}</Badge>
        )
    },
    {
      title: words.accounts.secondFactor,
      from: "tablet",
      cell: ({ hasSecondFactor, kind }) =>
        kind === "machine" ? (
          <span className="quiet">{words.shell.none}</span>
        ) : hasSecondFactor ? (
          <Badge tone="good">{words.accounts.setUp}</Badge>
        ) : (
          <Badge>{words.accounts.notSetUp}</Badge>
        )
    },
    {
      title: words.accounts.seen,
      isNarrow: true,
      from: "phone",
      cell: ({ lastSeenAt }) =>
        lastSeenAt === null ? <span className="quiet">{words.accounts.never}</span> : <Time at={lastSeenAt} />
    }
  ]
}

/** The accounts of people and machines, the newest first, and one of them in a drawer. */
export const People = () => {
  const words = useWords()
  const [{ id, kind, role, state }, change] = useFilters(read)
  const columns = useColumns()
  const isFiltered = kind !== undefined || role !== undefined || state !== undefined
  const clear = () => change({ kind: undefined, role: undefined, state: undefined })
  return (
    <>
      <Filters onClear={isFiltered ? clear : undefined}>
        <Select
          label={words.accounts.kind}
          isLabelHidden
          value={kind ?? ""}
          options={[
            { value: "", label: words.accounts.everyKind },
            { value: "person", label: words.accounts.people },
            { value: "machine", label: words.accounts.machines }
          ]}
          onChange={(chosen) => change({ kind: chosen })}
        />
        <Select
          label={words.accounts.role}
          isLabelHidden
          value={role ?? ""}
          options={[
            { value: "", label: words.accounts.everyRole },
            ...roles.map((value) => ({ value, label: words.shell.roles[value] }))
          ]}
          onChange={(chosen) => change({ role: chosen })}
        />
        <Select
          label={words.accounts.state}
          isLabelHidden
          value={state ?? ""}
          options={[
            { value: "", label: words.accounts.everyState },
            { value: "enabled", label: words.accounts.enabled },
            { value: "disabled", label: words.accounts.disabled }
          ]}
          onChange={(chosen) => change({ state: chosen })}
        />
      </Filters>
      <List
        key={`${kind ?? ""} ${role ?? ""} ${state ?? ""}`}
        caption={words.accounts.title}
        columns={columns}
        query={(at) =>
          Client.query("accounts", "list", {
            query: {
              ...(kind === undefined ? {} : { kind }),
              ...(role === undefined ? {} : { role }),
              ...(state === undefined ? {} : { disabled: state === "disabled" }),
              ...at
            },
            reactivityKeys: ["accounts"]
          })
        }
        keyOf={(account) => account.id}
        link={(account) => ({ id: account.id })}
        opened={id}
        empty={
          isFiltered ? (
            <NoneFits title={words.accounts.noneTitle} lead={words.accounts.noneLead} onClear={clear} />
          ) : (
            <Empty icon="accounts" title={words.accounts.noneTitle} lead={words.accounts.noneLead} />
          )
        }
      />
      <AccountDrawer id={id} onClose={() => change({ id: undefined })} />
    </>
  )
}
