import { DateTime, Schema } from "effect"
import { useId, useState } from "react"
import type { AccountId } from "../../../accounts/Account.ts"
import { KeyName } from "../../../accounts/key/ApiKey.ts"
import type { Account } from "../accounts/AccountNames.ts"
import { Client, useQuery } from "../Client.ts"
import { useIdentity } from "../Identity.tsx"
import { problemOf } from "../Problem.ts"
import { useProvenAction } from "../Proof.tsx"
import { day as readDay } from "../Search.ts"
import { useFormat, useWords } from "../Speech.tsx"
import { Button } from "../ui/Button.tsx"
import { Code } from "../ui/Copy.tsx"
import { Dialog } from "../ui/Dialog.tsx"
import { Check, TextField } from "../ui/Field.tsx"
import { FormDialog } from "../ui/FormDialog.tsx"
import { Loaded } from "../ui/Loaded.tsx"
import { Select } from "../ui/Select.tsx"
import { Skeleton } from "../ui/Skeleton.tsx"
import { fill } from "../words/Words.ts"
import "./keys.css"

const isName = Schema.is(KeyName)

const expiries = ["30", "90", "365", "never", "day"] as const
type Expiry = (typeof expiries)[number]

const dayMillis = 86_400_000

/** The end of a day where the person is; undefined: none that is to come. */
const endOf = (date: string): DateTime.Utc | undefined => {
  if (readDay(date) === undefined) return undefined
  const end = new Date(`${date}T00:00:00`).getTime() + dayMillis
  return end > Date.now() ? DateTime.makeUnsafe(end) : undefined
}

/** When a key would expire; null: never; undefined: no day that is to come was chosen. */
const momentOf = (expiry: Expiry, date: string): DateTime.Utc | null | undefined => {
  if (expiry === "never") return null
  return expiry === "day" ? endOf(date) : DateTime.makeUnsafe(Date.now() + Number(expiry) * dayMillis)
}

/** The new key. It is shown this once, so only the button closes the dialog. */
const Made = (props: { readonly name: string; readonly apiKey: string; readonly onClose: () => void }) => {
  const words = useWords().keys
  return (
    <Dialog
      isOpen
      isWide
      title={fill(words.madeTitle, { name: props.name })}
      onClose={() => undefined}
      feet={
        <Button look="main" onClick={props.onClose}>
          {words.madeDone}
        </Button>
      }
    >
      <p>{words.madeLead}</p>
      <Code text={props.apiKey} label={words.key} />
      <p>{words.how}</p>
      <Code
        text={`curl -H "Authorization: Bearer ${props.apiKey}" ${location.origin}/api/v1/session`}
        label={words.how}
      />
    </Dialog>
  )
}

/** Makes a key for one's own account or for a machine. */
export const NewKey = (props: {
  readonly owner: AccountId | undefined
  readonly machines: ReadonlyArray<Account>
  readonly onClose: () => void
  readonly onMade: (of: AccountId) => void
}) => {
  const words = useWords()
  const format = useFormat()
  const form = useId()
  const me = useIdentity()
  const roles = useQuery(Client.query("accounts", "roles", { reactivityKeys: ["roles"], timeToLive: "10 minutes" }))
  const [owner, setOwner] = useState<AccountId | undefined>(props.owner)
  const [name, setName] = useState("")
  const [chosen, choose] = useState<ReadonlySet<string>>(new Set())
  const [expiry, setExpiry] = useState<Expiry>("90")
  const [date, setDate] = useState("")
  const [isTried, setTried] = useState(false)
  const [made, setMade] = useState<{ readonly name: string; readonly key: string }>()
  const role = props.machines.find(({ id }) => id === owner)?.role ?? me.account.role
  // Both the maker and the account must have each scope.
  const allowed = (roles.value?.items.find((one) => one.name === role)?.permissions ?? []).filter((one) =>
    me.permissions.includes(one.name)
  )
  const scopes = allowed.map((one) => one.name).filter((one) => chosen.has(one))
  const expiresAt = momentOf(expiry, date)
  const make = useProvenAction(
    (client, _: undefined) =>
      client.apiKeys.create({
        payload: {
          name: name.trim(),
          scopes,
          expiresAt: expiresAt ?? null,
          ...(owner === undefined ? {} : { accountId: owner })
        }
      }),
    ["keys"]
  )
  if (made !== undefined) return <Made name={made.name} apiKey={made.key} onClose={props.onClose} />
  const problem = make.cause === undefined ? undefined : problemOf(make.cause, words)
  const submit = () => {
    setTried(true)
    if (!isName(name.trim()) || scopes.length === 0 || expiresAt === undefined) return
    void make.run(undefined).then((ended) => {
      if (!ended.isDone) return
      const { value } = ended
      setMade({ name: value.name, key: value.key })
      props.onMade(value.accountId)
    })
  }
  const known: Readonly<Record<string, string>> = words.accounts.permissions
  const isAll = allowed.length > 0 && scopes.length === allowed.length
  return (
    <FormDialog
      isWide
      title={words.keys.make}
      submit={words.keys.make}
      action={make}
      proof={make.proof}
      onSubmit={submit}
      onClose={props.onClose}
    >
      {props.machines.length === 0 ? null : (
        <Select
          label={words.keys.for}
          value={owner ?? ""}
          options={[
            { value: "", label: fill("{name} ({you})", { name: me.account.name, you: words.accounts.you }) },
            ...props.machines.map((one) => ({ value: one.id as string, label: one.name }))
          ]}
          onChange={(value) => setOwner(props.machines.find(({ id }) => id === value)?.id)}
        />
      )}
      <TextField
        label={words.keys.name}
        hint={words.keys.nameHint}
        autoComplete="off"
        maxLength={200}
        value={name}
        error={isTried && !isName(name.trim()) ? words.keys.nameWrong : problem?.fields["name"]}
        onChange={setName}
      />
      <fieldset className="field" aria-describedby={`${form}scopes`}>
        <legend className="label">{words.keys.scopes}</legend>
        <p id={`${form}scopes`} className={isTried && scopes.length === 0 ? "error" : "hint"}>
          {isTried && scopes.length === 0 ? words.keys.scopesWrong : words.keys.scopesHint}
        </p>
        <Loaded query={roles} skeleton={<Skeleton rows={6} />}>
          {() => (
            <>
              <p className="scopes-all">
                <Button isSmall onClick={() => choose(isAll ? new Set() : new Set(allowed.map((one) => one.name)))}>
                  {isAll ? words.keys.none : words.keys.all}
                </Button>
              </p>
              <ul className="scopes">
                {allowed.map((one) => (
                  <li key={one.name}>
                    <Check
                      isChecked={chosen.has(one.name)}
                      onChange={(isChecked) => {
                        const next = new Set(chosen)
                        if (isChecked) next.add(one.name)
                        else next.delete(one.name)
                        choose(next)
                      }}
                      label={
                        <>
                          <code dir="ltr">{one.name}</code>
                          <span className="quiet small">{known[one.name] ?? one.description}</span>
                        </>
                      }
                    />
                  </li>
                ))}
              </ul>
            </>
          )}
        </Loaded>
      </fieldset>
      <div className="row" style={{ alignItems: "flex-start" }}>
        <Select
          label={words.keys.expiry}
          value={expiry}
          options={expiries.map((value) => ({
            value,
            label:
              value === "never"
                ? words.keys.never
                : value === "day"
                  ? words.keys.onDay
                  : format.plural(words.keys.inDays, Number(value))
          }))}
          onChange={setExpiry}
        />
        {expiry === "day" ? (
          <TextField
            label={words.keys.day}
            type="date"
            value={date}
            error={isTried && expiresAt === undefined ? words.keys.dayWrong : undefined}
            onChange={setDate}
          />
        ) : null}
      </div>
    </FormDialog>
  )
}
