import { MailId, type MailFacts } from "../../../mail/Message.ts"
import { Client } from "../Client.ts"
import { useFilters } from "../Navigation.tsx"
import { id as idOf, oneOf, type Raw, text } from "../Search.ts"
import { useFormat, useWords } from "../Speech.tsx"
import { Avatar } from "../ui/Badge.tsx"
import { Empty } from "../ui/Empty.tsx"
import { Filters, NoneFits } from "../ui/Filters.tsx"
import { type Column, List } from "../ui/List.tsx"
import { Select } from "../ui/Select.tsx"
import { Time } from "../ui/Time.tsx"
import { address, AddressSearch } from "./AddressSearch.tsx"
import { MailDrawer } from "./MailDrawer.tsx"
import { MailState, states } from "./MailState.tsx"

const read = (raw: Raw) => ({
  status: oneOf(states, raw["status"]),
  to: address(text(raw["to"])),
  id: idOf(MailId)(raw["id"])
})

const useColumns = (): ReadonlyArray<Column<MailFacts>> => {
  const words = useWords().mails
  const format = useFormat()
  return [
    {
      title: words.mail,
      cell: ({ subject, to }) => (
        <span className="who">
          <Avatar text={to ?? "?"} />
          <span>
            <span className="clip">{subject ?? words.forgotten}</span>
            <span className="clip quiet small" style={{ fontWeight: 400 }}>
              {to ?? words.forgotten}
            </span>
          </span>
        </span>
      )
    },
    { title: words.state, cell: ({ status }) => <MailState status={status} /> },
    { title: words.attempts, isNumber: true, from: "tablet", cell: ({ attempts }) => format.number(attempts) },
    { title: words.made, isNarrow: true, from: "phone", cell: ({ createdAt }) => <Time at={createdAt} /> }
  ]
}

/** The mails, the newest first, and one of them in a drawer. */
export const Outbox = () => {
  const words = useWords()
  const [{ id, status, to }, change] = useFilters(read)
  const columns = useColumns()
  const isFiltered = status !== undefined || to !== undefined
  const clear = () => change({ status: undefined, to: undefined })
  return (
    <>
      <Filters onClear={isFiltered ? clear : undefined}>
        <AddressSearch value={to} onChange={(given) => change({ to: given })} />
        <Select
          label={words.mails.state}
          isLabelHidden
          value={status ?? ""}
          options={[
            { value: "", label: words.mails.every },
            ...states.map((value) => ({ value: value as string, label: words.mails.states[value] }))
          ]}
          onChange={(chosen) => change({ status: chosen === "" ? undefined : chosen })}
        />
      </Filters>
      <List
        key={`${status ?? ""} ${to ?? ""}`}
        caption={words.mails.title}
        columns={columns}
        query={(at) =>
          Client.query("mails", "list", {
            query: { ...(status === undefined ? {} : { status }), ...(to === undefined ? {} : { to }), ...at },
            reactivityKeys: ["mails"]
          })
        }
        keyOf={(mail) => mail.id}
        link={(mail) => ({ id: mail.id })}
        opened={id}
        empty={
          isFiltered ? (
            <NoneFits title={words.mails.noneTitle} lead={words.mails.noneLead} onClear={clear} />
          ) : (
            <Empty icon="mails" title={words.mails.emptyTitle} lead={words.mails.emptyLead} />
          )
        }
      />
      <MailDrawer id={id} onClose={() => change({ id: undefined })} />
    </>
  )
}
