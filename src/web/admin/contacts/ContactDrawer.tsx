import type { PlayerId } from "../../../players/Player.ts"
import { Client, nothing, useAction, useQuery } from "../Client.ts"
import { useMay } from "../Identity.tsx"
import { To } from "../Navigation.tsx"
import { useFormat, useWords } from "../Speech.tsx"
import { Button } from "../ui/Button.tsx"
import { Drawer } from "../ui/Dialog.tsx"
import { FaultNote } from "../ui/Fault.tsx"
import { rowId } from "../ui/List.tsx"
import { Loaded } from "../ui/Loaded.tsx"
import { Skeleton } from "../ui/Skeleton.tsx"
import { Time } from "../ui/Time.tsx"
import { say } from "../ui/Toast.tsx"
import { Reason } from "../esps/Reason.tsx"
import { ContactState } from "./ContactState.tsx"
import { mayRetry } from "./States.ts"

/** A contact: a player, and the connection where they are one. */
export interface ContactKey {
  readonly playerId: PlayerId
  readonly esp: string
}

export const keyOf = ({ esp, playerId }: ContactKey): string => `${playerId} ${esp}`

const Retry = ({ contact }: { readonly contact: ContactKey }) => {
  const words = useWords().contacts
  const retry = useAction(
    (client, { esp, playerId }: ContactKey) => client.contacts.retry({ params: { playerId, esp } }),
    ["contacts"]
  )
  return (
    <>
      {retry.cause === undefined ? null : <FaultNote cause={retry.cause} />}
      <Button
        icon="reset"
        isWaiting={retry.isWaiting}
        onClick={() => void retry.run(contact).then(({ isDone }) => (isDone ? say(words.retried) : undefined))}
      >
        {words.retry}
      </Button>
    </>
  )
}

/** All that is stored of a contact. Open while there is a `contact`. */
export const ContactDrawer = (props: { readonly contact: ContactKey | undefined; readonly onClose: () => void }) => {
  const words = useWords()
  const format = useFormat()
  const may = useMay()
  const { contact, onClose } = props
  const found = useQuery(
    contact === undefined
      ? nothing
      : Client.query("contacts", "get", {
          params: { playerId: contact.playerId, esp: contact.esp },
          reactivityKeys: ["contacts"]
        })
  )
  const { value } = found
  const canRetry = value !== undefined && mayRetry(value) && may("contacts:write")
  return (
    <Drawer
      isOpen={contact !== undefined}
      title={value === undefined ? words.contacts.one : (value.email ?? words.plays.forgotten)}
      lead={contact?.esp}
      onClose={onClose}
      returnTo={contact === undefined ? undefined : rowId(keyOf(contact))}
      foot={
        value === undefined || contact === undefined || !(canRetry || may("players:read")) ? undefined : (
          <>
            {canRetry ? <Retry contact={contact} /> : null}
            {may("players:read") ? (
              <To className="button" to="/players" search={{ id: value.playerId }}>
                {words.plays.open}
              </To>
            ) : null}
          </>
        )
      }
    >
      {contact === undefined ? null : (
        <Loaded query={found} skeleton={<Skeleton rows={6} height={26} />}>
          {(one) => (
            <dl className="facts">
              <div>
                <dt>{words.shell.verdict.title}</dt>
                <dd>
                  <ContactState contact={one} />
                </dd>
              </div>
              <div>
                <dt>{words.contacts.mailability}</dt>
                <dd>{one.mailability === null ? words.shell.none : words.contacts.mailabilities[one.mailability]}</dd>
              </div>
              <div>
                <dt>{words.contacts.attempts}</dt>
                <dd>{format.number(one.attempts)}</dd>
              </div>
              <div>
                <dt>{words.contacts.next}</dt>
                <dd>{one.dueAt === null ? words.contacts.noNext : <Time at={one.dueAt} isExact />}</dd>
              </div>
              <div className="all">
                <dt>{words.contacts.reason}</dt>
                <dd>{one.reason === null ? words.contacts.noReason : <Reason reason={one.reason} />}</dd>
              </div>
              <div>
                <dt>{words.contacts.asked}</dt>
                <dd>
                  <Time at={one.createdAt} isExact />
                </dd>
              </div>
              <div>
                <dt>{words.contacts.settled}</dt>
                <dd>{one.settledAt === null ? words.shell.none : <Time at={one.settledAt} isExact />}</dd>
              </div>
              <div className="all">
                <dt>{words.contacts.play}</dt>
                <dd>
                  {may("players:read") ? (
                    <To to="/plays" search={{ game: one.game, id: one.playId }}>
                      {one.game}
                    </To>
                  ) : (
                    one.game
                  )}
                </dd>
              </div>
            </dl>
          )}
        </Loaded>
      )}
    </Drawer>
  )
}
