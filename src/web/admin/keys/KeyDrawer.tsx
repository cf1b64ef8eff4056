import { useState } from "react"
import type { AccountId } from "../../../accounts/Account.ts"
import type { ApiKeyId } from "../../../accounts/key/ApiKey.ts"
import { useAccountName } from "../accounts/AccountNames.ts"
import { nothing, useAction, useQuery } from "../Client.ts"
import { useIdentity, useMay } from "../Identity.tsx"
import { To } from "../Navigation.tsx"
import { placeOf } from "../Place.ts"
import { useWords } from "../Speech.tsx"
import { Badge } from "../ui/Badge.tsx"
import { Button } from "../ui/Button.tsx"
import { Copy } from "../ui/Copy.tsx"
import { ConfirmDialog, Drawer } from "../ui/Dialog.tsx"
import { Empty } from "../ui/Empty.tsx"
import { rowId } from "../ui/List.tsx"
import { Loaded } from "../ui/Loaded.tsx"
import { Skeleton } from "../ui/Skeleton.tsx"
import { Time, useNow } from "../ui/Time.tsx"
import { say } from "../ui/Toast.tsx"
import { fill } from "../words/Words.ts"
import { isPast, type Key, keysOf } from "./KeyFacts.ts"

const Facts = ({ apiKey }: { readonly apiKey: Key }) => {
  const words = useWords()
  const me = useIdentity().account
  const nameOf = useAccountName()
  const now = useNow()
  const { accountId, createdAt, createdBy, expiresAt, hint, id, lastUsedAt } = apiKey
  const who = (account: string) => (account === me.id ? words.accounts.you : (nameOf(account) ?? account))
  return (
    <dl className="facts">
      <div>
        <dt>{words.keys.account}</dt>
        <dd>{who(accountId)}</dd>
      </div>
      <div>
        <dt>{words.keys.hint}</dt>
        <dd>
          <code dir="ltr">{hint}</code>
        </dd>
      </div>
      <div>
        <dt>{words.keys.used}</dt>
        <dd>{lastUsedAt === null ? words.keys.unused : <Time at={lastUsedAt} isExact />}</dd>
      </div>
      <div>
        <dt>{words.keys.expiry}</dt>
        <dd>
          {expiresAt === null ? words.keys.never : <Time at={expiresAt} isExact />}
          {expiresAt !== null && isPast(expiresAt, now) ? (
            <>
              {" "}
              <Badge tone="bad">{words.keys.expired}</Badge>
            </>
          ) : null}
        </dd>
      </div>
      <div>
        <dt>{words.keys.made}</dt>
        <dd>
          <Time at={createdAt} isExact />
        </dd>
      </div>
      <div>
        <dt>{words.keys.madeBy}</dt>
        <dd>{createdBy === null ? words.keys.nobody : who(createdBy)}</dd>
      </div>
      <div className="all">
        <dt>{words.keys.id}</dt>
        <dd>
          <Copy text={id} />
        </dd>
      </div>
    </dl>
  )
}

/** A key, what it may do, and how to revoke it. Open while there is an `id`. */
export const KeyDrawer = (props: {
  readonly owner: AccountId | undefined
  readonly id: ApiKeyId | undefined
  readonly onClose: () => void
}) => {
  const words = useWords()
  const may = useMay()
  const { id, onClose, owner } = props
  const keys = useQuery(id === undefined ? nothing : keysOf(owner, { cursor: placeOf(id), limit: 1 }))
  const found = keys.value?.items.find((key) => key.id === id)
  const [isAsked, ask] = useState(false)
  const revoke = useAction((client, which: ApiKeyId) => client.apiKeys.delete({ params: { id: which } }), ["keys"])
  const close = () => {
    revoke.clear()
    ask(false)
  }
  return (
    <Drawer
      isOpen={id !== undefined}
      title={found?.name ?? words.keys.key}
      onClose={onClose}
      returnTo={id === undefined ? undefined : rowId(id)}
      foot={
        found === undefined ? undefined : (
          <Button look="danger" icon="bin" onClick={() => ask(true)}>
            {words.keys.revoke}
          </Button>
        )
      }
    >
      {id === undefined ? null : (
        <Loaded query={keys} skeleton={<Skeleton rows={6} height={26} />}>
          {() =>
            found === undefined ? (
              <Empty icon="keys" title={words.keys.goneTitle} lead={words.keys.goneLead} />
            ) : (
              <div className="sections">
                <Facts apiKey={found} />
                <section className="section" aria-labelledby="key-scopes">
                  <h3 id="key-scopes">{words.keys.scopes}</h3>
                  <ul className="lines">
                    {found.scopes.map((scope) => (
                      <li key={scope}>
                        <code dir="ltr">{scope}</code>
                      </li>
                    ))}
                  </ul>
                </section>
                {may("audit:read") ? (
                  <p>
                    <To to="/audit" search={{ targetKind: "api-key", targetId: found.id }}>
                      {words.audit.history}
                    </To>
                  </p>
                ) : null}
              </div>
            )
          }
        </Loaded>
      )}
      <ConfirmDialog
        isOpen={isAsked && found !== undefined}
        title={fill(words.keys.revokeTitle, { name: found?.name ?? "" })}
        confirm={words.keys.revoke}
        isDanger
        isWaiting={revoke.isWaiting}
        cause={revoke.cause}
        onClose={close}
        onConfirm={() => {
          if (id === undefined) return
          void revoke.run(id).then(({ isDone }) => {
            if (!isDone) return
            close()
            onClose()
            say(words.keys.revokeDone)
          })
        }}
      >
        {words.keys.revokeLead}
      </ConfirmDialog>
    </Drawer>
  )
}
