import type { AuditEntryId } from "../../../audit/AuditEntry.ts"
import { Client, nothing, useQuery } from "../Client.ts"
import { useMay } from "../Identity.tsx"
import { Here, To } from "../Navigation.tsx"
import { placeOf } from "../Place.ts"
import { useWords } from "../Speech.tsx"
import { Badge } from "../ui/Badge.tsx"
import { Code, Copy } from "../ui/Copy.tsx"
import { Drawer } from "../ui/Dialog.tsx"
import { Empty } from "../ui/Empty.tsx"
import { rowId } from "../ui/List.tsx"
import { Loaded } from "../ui/Loaded.tsx"
import { Skeleton } from "../ui/Skeleton.tsx"
import { Time } from "../ui/Time.tsx"
import { type Entry, kindOf, linkOf } from "./EntryFacts.ts"
import { useWho } from "./Who.ts"

const Facts = ({ entry }: { readonly entry: Entry }) => {
  const words = useWords()
  const may = useMay()
  const whoOf = useWho()
  const { accountId, address, apiKeyId, at, details, id, outcome, requestId, target, userAgent } = entry
  const link = linkOf(entry, may)
  return (
    <div className="sections">
      <dl className="facts">
        <div>
          <dt>{words.audit.who}</dt>
          <dd>
            {accountId !== null && may("accounts:read") ? (
              <To to="/accounts" search={{ id: accountId }}>
                {whoOf(entry)}
              </To>
            ) : (
              whoOf(entry)
            )}
          </dd>
        </div>
        <div>
          <dt>{words.audit.outcome}</dt>
          <dd>
            <Badge tone={outcome === "done" ? "good" : "bad"}>{words.audit[outcome]}</Badge>
          </dd>
        </div>
        <div className="all">
          <dt>{words.audit.time}</dt>
          <dd>
            <Time at={at} isExact />
          </dd>
        </div>
        <div className="all">
          <dt>{words.audit.target}</dt>
          <dd>
            {target === null ? (
              words.audit.nothing
            ) : (
              <>
                {kindOf(words, target.kind)} <Copy text={target.id} />
              </>
            )}
          </dd>
        </div>
        {address === null ? null : (
          <div className="all">
            <dt>{words.audit.address}</dt>
            <dd dir="auto">{address}</dd>
          </div>
        )}
        {userAgent === null ? null : (
          <div className="all">
            <dt>{words.audit.browser}</dt>
            <dd>{userAgent}</dd>
          </div>
        )}
        {apiKeyId === null ? null : (
          <div className="all">
            <dt>{words.audit.key}</dt>
            <dd>
              <Copy text={apiKeyId} />
            </dd>
          </div>
        )}
        {requestId === null ? null : (
          <div className="all">
            <dt>{words.audit.request}</dt>
            <dd>
              <Copy text={requestId} />
            </dd>
          </div>
        )}
        <div className="all">
          <dt>{words.audit.id}</dt>
          <dd>
            <Copy text={id} />
          </dd>
        </div>
      </dl>
      {target === null ? null : (
        <p className="row">
          {link === undefined ? null : (
            <To to={link.to} search={link.search}>
              {words.audit.open}
            </To>
          )}
          <Here
            change={{
              targetKind: target.kind,
              targetId: target.id,
              account: undefined,
              action: undefined,
              since: undefined,
              id: undefined
            }}
          >
            {words.audit.history}
          </Here>
        </p>
      )}
      <section className="section" aria-labelledby="entry-details">
        <h3 id="entry-details">{words.audit.details}</h3>
        {details === null ? (
          <p className="quiet">{words.audit.noDetails}</p>
        ) : (
          <Code text={JSON.stringify(details, null, 2)} label={words.audit.detailsText} />
        )}
      </section>
    </div>
  )
}

/** All that is stored of an entry. Open while there is an `id`. */
export const EntryDrawer = (props: { readonly id: AuditEntryId | undefined; readonly onClose: () => void }) => {
  const words = useWords()
  const { id, onClose } = props
  const page = useQuery(
    id === undefined
      ? nothing
      : Client.query("audit", "list", { query: { cursor: placeOf(id), limit: 1 }, reactivityKeys: ["audit"] })
  )
  const found = page.value?.items.find((entry) => entry.id === id)
  return (
    <Drawer
      isOpen={id !== undefined}
      title={found === undefined ? words.audit.entry : <span dir="ltr">{found.action}</span>}
      onClose={onClose}
      returnTo={id === undefined ? undefined : rowId(id)}
    >
      {id === undefined ? null : (
        <Loaded query={page} skeleton={<Skeleton rows={7} height={26} />}>
          {() => (found === undefined ? <Empty icon="audit" title={words.audit.goneTitle} /> : <Facts entry={found} />)}
        </Loaded>
      )}
    </Drawer>
  )
}
