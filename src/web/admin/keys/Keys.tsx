import { lazy, Suspense, useState } from "react"
import { AccountId } from "../../../accounts/Account.ts"
import { ApiKeyId } from "../../../accounts/key/ApiKey.ts"
import { useAccounts } from "../accounts/AccountNames.ts"
import { useIdentity, useMay } from "../Identity.tsx"
import { useFilters } from "../Navigation.tsx"
import { Screen } from "../Screen.tsx"
import { id as idOf, type Raw } from "../Search.ts"
import { useFormat, useWords } from "../Speech.tsx"
import { Badge } from "../ui/Badge.tsx"
import { Button } from "../ui/Button.tsx"
import { Empty } from "../ui/Empty.tsx"
import { type Column, List } from "../ui/List.tsx"
import { Select } from "../ui/Select.tsx"
import { Time, useNow } from "../ui/Time.tsx"
import { fill } from "../words/Words.ts"
import { isPast, keysOf, type Key } from "./KeyFacts.ts"
import { KeyDrawer } from "./KeyDrawer.tsx"

const NewKey = lazy(async () => ({ default: (await import("./NewKey.tsx")).NewKey }))

const read = (raw: Raw) => ({ account: idOf(AccountId)(raw["account"]), id: idOf(ApiKeyId)(raw["id"]) })

const useColumns = (): ReadonlyArray<Column<Key>> => {
  const words = useWords().keys
  const format = useFormat()
  const now = useNow()
  return [
    {
      title: words.key,
      cell: ({ hint, name }) => (
        <span className="who">
          <span>
            <span className="clip">{name}</span>
            <span className="clip quiet small" style={{ fontWeight: 400 }}>
              <code dir="ltr">fgk_…{hint}</code>
            </span>
          </span>
        </span>
      )
    },
    { title: words.scopes, from: "tablet", cell: ({ scopes }) => format.plural(words.scopeCount, scopes.length) },
    {
      title: words.expiry,
      isNarrow: true,
      from: "phone",
      cell: ({ expiresAt }) =>
        expiresAt === null ? (
          <span className="quiet">{words.never}</span>
        ) : isPast(expiresAt, now) ? (
          <Badge tone="bad">{words.expired}</Badge>
        ) : (
          <Time at={expiresAt} />
        )
    },
    {
      title: words.used,
      isNarrow: true,
      cell: ({ lastUsedAt }) =>
        lastUsedAt === null ? <span className="quiet">{words.unused}</span> : <Time at={lastUsedAt} />
    }
  ]
}

/** The keys of one's own account or, for those who may, of another one. */
export const Keys = () => {
  const words = useWords()
  const may = useMay()
  const me = useIdentity().account
  const [{ account, id }, change] = useFilters(read)
  const [isMaking, make] = useState(false)
  const accounts = useAccounts().value?.items ?? []
  const columns = useColumns()
  const isOthers = may("keys:write")
  const owner = account === undefined || account === me.id || !isOthers ? undefined : account
  const machines = accounts.filter(({ kind }) => kind === "machine")
  const shown = accounts.find((one) => one.id === owner)
  const isListed = owner === undefined || machines.some((one) => one.id === owner)
  const canMake = owner === undefined || shown?.kind === "machine"
  return (
    <Screen
      title={words.keys.title}
      lead={
        owner === undefined
          ? words.keys.lead
          : shown === undefined
            ? words.keys.leadOther
            : fill(words.keys.leadOf, { name: shown.name })
      }
      actions={
        canMake ? (
          <Button look="main" icon="plus" onClick={() => make(true)}>
            {words.keys.make}
          </Button>
        ) : undefined
      }
    >
      {isOthers ? (
        <search className="bar">
          <Select
            label={words.keys.whose}
            isLabelHidden
            value={owner ?? ""}
            options={[
              { value: "", label: words.keys.own },
              ...(isListed ? [] : [{ value: owner as string, label: shown?.name ?? words.keys.another }]),
              ...machines.map((one) => ({ value: one.id as string, label: one.name }))
            ]}
            onChange={(chosen) => change({ account: chosen === "" ? undefined : chosen, id: undefined })}
          />
        </search>
      ) : null}
      <List
        key={owner ?? ""}
        caption={words.keys.title}
        columns={columns}
        query={(at) => keysOf(owner, at)}
        keyOf={(key) => key.id}
        link={(key) => ({ id: key.id })}
        opened={id}
        empty={
          <Empty icon="keys" title={words.keys.emptyTitle} lead={words.keys.emptyLead}>
            {canMake ? (
              <div className="row">
                <Button icon="plus" onClick={() => make(true)}>
                  {words.keys.make}
                </Button>
              </div>
            ) : null}
          </Empty>
        }
      />
      <KeyDrawer owner={owner} id={id} onClose={() => change({ id: undefined })} />
      {isMaking ? (
        <Suspense fallback={null}>
          <NewKey
            owner={owner}
            machines={isOthers ? machines : []}
            onClose={() => make(false)}
            onMade={(of) => change({ account: of === me.id ? undefined : of, id: undefined })}
          />
        </Suspense>
      ) : null}
    </Screen>
  )
}
