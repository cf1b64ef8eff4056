import { DateTime } from "effect"
import { useId, useMemo } from "react"
import { AccountId } from "../../../accounts/Account.ts"
import { AuditEntryId } from "../../../audit/AuditEntry.ts"
import { useAccounts } from "../accounts/AccountNames.ts"
import { Client } from "../Client.ts"
import { useFilters } from "../Navigation.tsx"
import { Screen } from "../Screen.tsx"
import { day, id as idOf, type Raw, text } from "../Search.ts"
import { useWords } from "../Speech.tsx"
import { Badge } from "../ui/Badge.tsx"
import { Empty } from "../ui/Empty.tsx"
import { Filters, NoneFits } from "../ui/Filters.tsx"
import { TextField } from "../ui/Field.tsx"
import { type Column, List } from "../ui/List.tsx"
import { Select } from "../ui/Select.tsx"
import { Time } from "../ui/Time.tsx"
import { useTyped } from "../ui/Typed.ts"
import { fill } from "../words/Words.ts"
import { actions } from "./Deeds.ts"
import { type Entry, kindOf } from "./EntryFacts.ts"
import { EntryDrawer } from "./EntryDrawer.tsx"
import { useWho } from "./Who.ts"

const read = (raw: Raw) => ({
  account: idOf(AccountId)(raw["account"]),
  action: text(raw["action"]),
  targetKind: text(raw["targetKind"]),
  targetId: text(raw["targetId"]),
  since: day(raw["since"]),
  id: idOf(AuditEntryId)(raw["id"])
})

const useColumns = (): ReadonlyArray<Column<Entry>> => {
  const words = useWords()
  const whoOf = useWho()
  return [
    {
      title: words.audit.action,
      cell: ({ action, outcome }) => (
        <span className="row" style={{ gap: "2px 8px" }}>
          <code dir="ltr">{action}</code>
          {outcome === "refused" ? <Badge tone="bad">{words.audit.refused}</Badge> : null}
        </span>
      )
    },
    {
      title: words.audit.who,
      cell: (entry) => (
        <span className="who">
          <span>
            <span className="clip">{whoOf(entry)}</span>
            {entry.apiKeyId === null ? null : <span className="quiet small">{words.audit.withKey}</span>}
          </span>
        </span>
      )
    },
    {
      title: words.audit.target,
      from: "tablet",
      cell: ({ target }) =>
        target === null ? (
          <span className="quiet">{words.shell.none}</span>
        ) : (
          <span className="who">
            <span>
              {kindOf(words, target.kind)}
              <code dir="ltr" className="clip quiet">
                {target.id}
              </code>
            </span>
          </span>
        )
    },
    { title: words.audit.time, isNarrow: true, from: "phone", cell: ({ at }) => <Time at={at} /> }
  ]
}

const noFilters = {
  account: undefined,
  action: undefined,
  targetKind: undefined,
  targetId: undefined,
  since: undefined
}

/** Who did what, when, and to what, and all that is stored of one entry in a drawer. */
export const AuditLog = () => {
  const words = useWords()
  const listId = useId()
  const [filters, change] = useFilters(read)
  const { account, action, id, since, targetId, targetKind } = filters
  const accounts = useAccounts().value?.items ?? []
  const columns = useColumns()
  const [typed, setTyped] = useTyped(action, (given) => change({ action: given }, true))
  const from = useMemo(
    // The day begins where the person is.
    () => (since === undefined ? undefined : DateTime.makeUnsafe(new Date(`${since}T00:00:00`).getTime())),
    [since]
  )
  const isListed = account === undefined || accounts.some((one) => one.id === account)
  const isFiltered = [account, action, since, targetKind].some((one) => one !== undefined)
  const clear = () => change(noFilters)
  return (
    <Screen title={words.audit.title} lead={words.audit.lead} needs="audit:read">
      <Filters onClear={isFiltered ? clear : undefined}>
        <Select
          label={words.audit.who}
          value={account ?? ""}
          options={[
            { value: "", label: words.audit.everybody },
            ...(isListed ? [] : [{ value: account as string, label: account as string }]),
            ...accounts.map((one) => ({ value: one.id as string, label: one.name }))
          ]}
          onChange={(chosen) => change({ account: chosen === "" ? undefined : chosen })}
        />
        <div className="grow">
          <TextField
            label={words.audit.action}
            type="search"
            dir="ltr"
            autoComplete="off"
            spellCheck={false}
            maxLength={200}
            placeholder={words.audit.actionHint}
            list={listId}
            value={typed}
            onChange={setTyped}
          />
          <datalist id={listId}>
            {actions.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </datalist>
        </div>
        <Select
          label={words.audit.kind}
          value={targetKind ?? ""}
          options={[
            { value: "", label: words.audit.everything },
            ...(targetKind === undefined || Object.hasOwn(words.audit.kinds, targetKind)
              ? []
              : [{ value: targetKind, label: targetKind }]),
            ...Object.keys(words.audit.kinds).map((kind) => ({ value: kind, label: kindOf(words, kind) }))
          ]}
          onChange={(chosen) => change({ targetKind: chosen === "" ? undefined : chosen, targetId: undefined })}
        />
        <TextField
          label={words.audit.since}
          type="date"
          value={since ?? ""}
          onChange={(date) => change({ since: day(date) }, true)}
        />
      </Filters>
      {targetKind === undefined || targetId === undefined ? null : (
        <p className="row" style={{ marginBlockEnd: 16 }}>
          <Badge tone="info">{fill(words.audit.only, { kind: kindOf(words, targetKind), id: targetId })}</Badge>
        </p>
      )}
      <List
        key={`${account ?? ""} ${action ?? ""} ${targetKind ?? ""} ${targetId ?? ""} ${since ?? ""}`}
        caption={words.audit.title}
        columns={columns}
        query={(at) =>
          Client.query("audit", "list", {
            query: {
              ...(account === undefined ? {} : { account }),
              ...(action === undefined ? {} : { action }),
              ...(targetKind === undefined ? {} : { targetKind }),
              ...(targetKind === undefined || targetId === undefined ? {} : { targetId }),
              ...(from === undefined ? {} : { since: from }),
              ...at
            },
            reactivityKeys: ["audit"]
          })
        }
        keyOf={(entry) => entry.id}
        link={(entry) => ({ id: entry.id })}
        opened={id}
        empty={
          isFiltered ? (
            <NoneFits title={words.audit.noneTitle} lead={words.audit.noneLead} onClear={clear} />
          ) : (
            <Empty icon="audit" title={words.audit.emptyTitle} lead={words.audit.emptyLead} />
          )
        }
      />
      <EntryDrawer id={id} onClose={() => change({ id: undefined })} />
    </Screen>
  )
}
