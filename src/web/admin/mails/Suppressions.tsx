import { type SuppressionFacts, SuppressionId } from "../../../mail/Suppression.ts"
import { Client, nothing, useAction, useQuery } from "../Client.ts"
import { useMay } from "../Identity.tsx"
import { Here, useFilters } from "../Navigation.tsx"
import { placeOf } from "../Place.ts"
import { id as idOf, type Raw, text } from "../Search.ts"
import { useWords } from "../Speech.tsx"
import { Avatar, Badge } from "../ui/Badge.tsx"
import { Copy } from "../ui/Copy.tsx"
import { Deed } from "../ui/Deed.tsx"
import { Drawer } from "../ui/Dialog.tsx"
import { Empty } from "../ui/Empty.tsx"
import { Filters, NoneFits } from "../ui/Filters.tsx"
import { type Column, List, rowId } from "../ui/List.tsx"
import { Loaded } from "../ui/Loaded.tsx"
import { Skeleton } from "../ui/Skeleton.tsx"
import { Time } from "../ui/Time.tsx"
import { say } from "../ui/Toast.tsx"
import { fill } from "../words/Words.ts"
import { address, AddressSearch } from "./AddressSearch.tsx"

type Suppression = typeof SuppressionFacts.Type

const read = (raw: Raw) => ({ to: address(text(raw["to"])), id: idOf(SuppressionId)(raw["id"]) })

const useColumns = (): ReadonlyArray<Column<Suppression>> => {
  const words = useWords().mails
  return [
    {
      title: words.address,
      cell: ({ email }) => (
        <span className="who">
          <Avatar text={email} />
          <span>
            <span className="clip">{email}</span>
          </span>
        </span>
      )
    },
    {
      title: words.why,
      cell: ({ reason }) => <Badge tone={reason === "refused" ? "bad" : "gold"}>{words.whys[reason]}</Badge>
    },
    { title: words.since, isNarrow: true, from: "phone", cell: ({ createdAt }) => <Time at={createdAt} /> }
  ]
}

const Lift = (props: { readonly suppression: Suppression; readonly onDone: () => void }) => {
  const words = useWords().mails
  const { onDone, suppression } = props
  const lift = useAction(
    (client, id: SuppressionId) => client.mailSuppressions.delete({ params: { id } }),
    ["mails", "suppressions"]
  )
  return (
    <div>
      <Deed
        label={words.lift}
        title={fill(words.liftTitle, { email: suppression.email })}
        lead={suppression.reason === "unsubscribed" ? words.liftUnsubscribed : words.liftLead}
        isDanger={suppression.reason === "unsubscribed"}
        action={lift}
        request={suppression.id}
        onDone={() => {
          onDone()
          say(words.liftDone)
        }}
      />
    </div>
  )
}

const SuppressionDrawer = (props: { readonly id: SuppressionId | undefined; readonly onClose: () => void }) => {
  const words = useWords()
  const may = useMay()
  const { id, onClose } = props
  const page = useQuery(
    id === undefined
      ? nothing
      : Client.query("mailSuppressions", "list", {
          query: { cursor: placeOf(id), limit: 1 },
          reactivityKeys: ["suppressions"]
        })
  )
  const found = page.value?.items.find((one) => one.id === id)
  return (
    <Drawer
      isOpen={id !== undefined}
      title={found?.email ?? words.mails.address}
      onClose={onClose}
      returnTo={id === undefined ? undefined : rowId(id)}
    >
      {id === undefined ? null : (
        <Loaded query={page} skeleton={<Skeleton rows={4} height={26} />}>
          {() =>
            found === undefined ? (
              <Empty icon="mails" title={words.mails.noSuppressionFits} />
            ) : (
              <div className="sections">
                <dl className="facts">
                  <div>
                    <dt>{words.mails.why}</dt>
                    <dd>{words.mails.whys[found.reason]}</dd>
                  </div>
                  <div>
                    <dt>{words.mails.since}</dt>
                    <dd>
                      <Time at={found.createdAt} isExact />
                    </dd>
                  </div>
                  {found.detail === null ? null : (
                    <div className="all">
                      <dt>{words.mails.said}</dt>
                      <dd>{found.detail}</dd>
                    </div>
                  )}
                  {found.mailId === null ? null : (
                    <div className="all">
                      <dt>{words.mails.mail}</dt>
                      <dd>
                        <Here change={{ tab: undefined, to: undefined, id: found.mailId }}>{words.audit.open}</Here>
                      </dd>
                    </div>
                  )}
                  <div className="all">
                    <dt>{words.mails.id}</dt>
                    <dd>
                      <Copy text={found.id} />
                    </dd>
                  </div>
                </dl>
                {may("mail:write") ? <Lift suppression={found} onDone={onClose} /> : null}
              </div>
            )
          }
        </Loaded>
      )}
    </Drawer>
  )
}

/** The addresses that get no mail, or less, and one of them in a drawer. */
export const Suppressions = () => {
  const words = useWords()
  const [{ id, to }, change] = useFilters(read)
  const columns = useColumns()
  const clear = () => change({ to: undefined })
  return (
    <>
      <Filters onClear={to === undefined ? undefined : clear}>
        <AddressSearch value={to} onChange={(given) => change({ to: given })} />
      </Filters>
      <List
        key={to ?? ""}
        caption={words.mails.tabs.suppressions}
        columns={columns}
        query={(at) =>
          Client.query("mailSuppressions", "list", {
            query: { ...(to === undefined ? {} : { email: to }), ...at },
            reactivityKeys: ["suppressions"]
          })
        }
        keyOf={(one) => one.id}
        link={(one) => ({ id: one.id })}
        opened={id}
        empty={
          to === undefined ? (
            <Empty icon="mails" title={words.mails.noSuppressionsTitle} lead={words.mails.noSuppressionsLead} />
          ) : (
            <NoneFits title={words.mails.noSuppressionFits} onClear={clear} />
          )
        }
      />
      <SuppressionDrawer id={id} onClose={() => change({ id: undefined })} />
    </>
  )
}
