import type { AccountId } from "../../../accounts/Account.ts"
import { Client, nothing, useQuery } from "../Client.ts"
import { useMay } from "../Identity.tsx"
import { To } from "../Navigation.tsx"
import { useWords } from "../Speech.tsx"
import { Badge } from "../ui/Badge.tsx"
import { Copy } from "../ui/Copy.tsx"
import { Drawer } from "../ui/Dialog.tsx"
import { rowId } from "../ui/List.tsx"
import { Loaded } from "../ui/Loaded.tsx"
import { Skeleton } from "../ui/Skeleton.tsx"
import { Time } from "../ui/Time.tsx"
import { AccountDeeds } from "./AccountDeeds.tsx"
import type { Account } from "./AccountNames.ts"

const Facts = ({ account }: { readonly account: Account }) => {
  const words = useWords()
  const { disabledAt, emailVerifiedAt, hasSecondFactor, kind, lastSeenAt } = account
  return (
    <dl className="facts">
      <div>
        <dt>{words.accounts.role}</dt>
        <dd>{words.shell.roles[account.role]}</dd>
      </div>
      <div>
        <dt>{words.accounts.state}</dt>
        <dd>
          {disabledAt === null ? (
            <Badge tone="good">{words.accounts.enabled}</Badge>
          ) : (
            <>
              <Badge tone="bad">{words.accounts.disabled}</Badge> <Time at={disabledAt} />
            </>
          )}
        </dd>
      </div>
      {kind === "machine" ? null : (
        <>
          <div>
            <dt>{words.accounts.secondFactor}</dt>
            <dd>{hasSecondFactor ? words.accounts.setUp : words.accounts.notSetUp}</dd>
          </div>
          <div>
            <dt>{words.accounts.mailbox}</dt>
            <dd>{emailVerifiedAt === null ? words.accounts.unproven : <Time at={emailVerifiedAt} isExact />}</dd>
          </div>
        </>
      )}
      <div>
        <dt>{words.accounts.seen}</dt>
        <dd>{lastSeenAt === null ? words.accounts.never : <Time at={lastSeenAt} />}</dd>
      </div>
      <div>
        <dt>{words.accounts.since}</dt>
        <dd>
          <Time at={account.createdAt} isExact />
        </dd>
      </div>
      <div className="all">
        <dt>{words.accounts.id}</dt>
        <dd>
          <Copy text={account.id} />
        </dd>
      </div>
    </dl>
  )
}

/** An account, and what can be done with it. Open while there is an `id`. */
export const AccountDrawer = (props: { readonly id: AccountId | undefined; readonly onClose: () => void }) => {
  const words = useWords()
  const may = useMay()
  const { id, onClose } = props
  const account = useQuery(
    id === undefined ? nothing : Client.query("accounts", "get", { params: { id }, reactivityKeys: ["accounts"] })
  )
  return (
    <Drawer
      isOpen={id !== undefined}
      title={account.value?.body.name ?? words.accounts.account}
      lead={account.value === undefined ? undefined : (account.value.body.email ?? words.accounts.machine)}
      onClose={onClose}
      returnTo={id === undefined ? undefined : rowId(id)}
    >
      {id === undefined ? null : (
        <Loaded query={account} skeleton={<Skeleton rows={6} height={26} />}>
          {({ body }) => (
            <div className="sections">
              <Facts account={body} />
              <p className="row">
                {may("keys:write") ? (
                  <To to="/keys" search={{ account: id }}>
                    {words.accounts.itsKeys}
                  </To>
                ) : null}
                {may("audit:read") ? (
                  <To to="/audit" search={{ account: id }}>
                    {words.accounts.itsDeeds}
                  </To>
                ) : null}
              </p>
              {may("accounts:write") ? <AccountDeeds account={body} onGone={onClose} /> : null}
            </div>
          )}
        </Loaded>
      )}
    </Drawer>
  )
}
