import type { Effect } from "effect"
import { type ReactNode, useState } from "react"
import type { Role } from "../../../platform/contract/Access.ts"
import { Client, nothing, useQuery } from "../Client.ts"
import { useIdentity } from "../Identity.tsx"
import { useProvenAction } from "../Proof.tsx"
import { useWords } from "../Speech.tsx"
import { Button } from "../ui/Button.tsx"
import { ConfirmDialog } from "../ui/Dialog.tsx"
import { Select } from "../ui/Select.tsx"
import { say } from "../ui/Toast.tsx"
import { fill } from "../words/Words.ts"
import type { Account } from "./AccountNames.ts"
import { covers, useGivable } from "./Standing.ts"

type Deed =
  | { readonly what: "role"; readonly role: Role }
  | { readonly what: "disable" | "enable" | "endSessions" | "resetFactor" | "sendReset" | "remove" }

const dangers: ReadonlySet<Deed["what"]> = new Set(["disable", "resetFactor", "remove"])

/** Why nothing of this account is changed by this person; undefined: it is. */
const useObstacle = (account: Account): string | undefined => {
  const words = useWords().accounts
  const me = useIdentity().account
  if (me.id === account.id) return words.whyOwn
  return covers(me.role, account.role) ? undefined : words.whyHigher
}

/** Whether nobody else could change owners if this account were none. */
const useIsLastOwner = (account: Account): boolean => {
  const owners = useQuery(
    account.role === "owner"
      ? Client.query("accounts", "list", {
          query: { role: "owner", disabled: false, limit: 2 },
          reactivityKeys: ["accounts"]
        })
      : nothing
  )
  const items = owners.value?.items ?? []
  return items.length === 1 && items[0]?.id === account.id
}

const Line = (props: { readonly title: string; readonly lead: string; readonly children: ReactNode }) => (
  <li>
    <span>
      {props.title}
      <span className="quiet small" style={{ display: "block" }}>
        {props.lead}
      </span>
    </span>
    {props.children}
  </li>
)

/** What can be done with an account: each deed is confirmed, and says what it means. */
export const AccountDeeds = (props: { readonly account: Account; readonly onGone: () => void }) => {
  const words = useWords()
  const { deeds } = words.accounts
  const { account, onGone } = props
  const { id, name, version } = account
  const [role, choose] = useState<Role>()
  const [asked, ask] = useState<Deed>()
  const givable = useGivable()
  const obstacle = useObstacle(account)
  const isLastOwner = useIsLastOwner(account)
  const params = { id }
  const action = useProvenAction(
    (client, deed: Deed): Effect.Effect<unknown, unknown> => {
      const headers = { "if-match": version }
      switch (deed.what) {
        case "role":
          return client.accounts.update({ params, headers, payload: { role: deed.role } })
        case "disable":
          return client.accounts.update({ params, headers, payload: { disabled: true } })
        case "enable":
          return client.accounts.update({ params, headers, payload: { disabled: false } })
        case "endSessions":
          return client.accounts.endSessions({ params })
        case "resetFactor":
          return client.accounts.removeSecondFactor({ params })
        case "sendReset":
          return client.accounts.requestReset({ params })
        case "remove":
          return client.accounts.delete({ params, headers })
      }
    },
    ["accounts", "invitations"]
  )
  const close = () => {
    action.clear()
    ask(undefined)
  }
  const run = () => {
    if (asked === undefined) return
    void action.run(asked).then(({ isDone }) => {
      if (!isDone) return
      close()
      choose(undefined)
      say(fill(deeds[asked.what].done, { name }))
      if (asked.what === "remove") onGone()
    })
  }
  if (obstacle !== undefined || isLastOwner) {
    return (
      <section className="section" aria-labelledby="account-deeds">
        <h3 id="account-deeds">{words.accounts.manage}</h3>
        {obstacle === undefined ? null : <p className="quiet">{obstacle}</p>}
        {isLastOwner ? <p className="quiet">{words.accounts.whyLastOwner}</p> : null}
        {obstacle === words.accounts.whyOwn ? (
          <p>
            <a href="/account">{words.accounts.toOwn}</a>
          </p>
        ) : null}
      </section>
    )
  }
  const button = (what: Exclude<Deed["what"], "role">) => (
    <Line title={deeds[what].title} lead={deeds[what].short}>
      <Button isSmall {...(dangers.has(what) ? { look: "danger" as const } : {})} onClick={() => ask({ what })}>
        {deeds[what].button}
      </Button>
    </Line>
  )
  const isPerson = account.kind === "person"
  const isEnabled = account.disabledAt === null
  const roles = isPerson ? givable : givable.filter((one) => one !== "owner")
  const chosen = role ?? account.role
  return (
    <section className="section" aria-labelledby="account-deeds">
      <h3 id="account-deeds">{words.accounts.manage}</h3>
      <div className="row" style={{ alignItems: "flex-end" }}>
        <Select
          label={words.accounts.role}
          value={chosen}
          options={roles.map((value) => ({ value, label: words.shell.roles[value] }))}
          onChange={choose}
        />
        <Button disabled={chosen === account.role} onClick={() => ask({ what: "role", role: chosen })}>
          {deeds.role.button}
        </Button>
      </div>
      <ul className="lines">
        {isPerson && isEnabled ? button("endSessions") : null}
        {isPerson && isEnabled ? button("sendReset") : null}
        {account.hasSecondFactor ? button("resetFactor") : null}
        {button(isEnabled ? "disable" : "enable")}
        {button("remove")}
      </ul>
      <ConfirmDialog
        isOpen={asked !== undefined}
        title={
          asked === undefined
            ? ""
            : fill(deeds[asked.what].question, {
                name,
                role: asked.what === "role" ? words.shell.roles[asked.role] : ""
              })
        }
        confirm={asked === undefined ? "" : deeds[asked.what].button}
        isDanger={asked !== undefined && dangers.has(asked.what)}
        isWaiting={action.isWaiting}
        cause={action.cause}
        onClose={close}
        onConfirm={run}
      >
        {asked === undefined ? "" : deeds[asked.what].lead}
        {action.proof}
      </ConfirmDialog>
    </section>
  )
}
