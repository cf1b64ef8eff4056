import { useState } from "react"
import type { MailFacts, MailId } from "../../../mail/Message.ts"
import { kindOf } from "../audit/EntryFacts.ts"
import { Client, nothing, useAction, useQuery } from "../Client.ts"
import { useMay } from "../Identity.tsx"
import { Here, To } from "../Navigation.tsx"
import { useFormat, useWords } from "../Speech.tsx"
import { Button } from "../ui/Button.tsx"
import { Copy } from "../ui/Copy.tsx"
import { ConfirmDialog, Drawer } from "../ui/Dialog.tsx"
import { rowId } from "../ui/List.tsx"
import { Loaded } from "../ui/Loaded.tsx"
import { Skeleton } from "../ui/Skeleton.tsx"
import { Time } from "../ui/Time.tsx"
import { say } from "../ui/Toast.tsx"
import { fill } from "../words/Words.ts"
import { MailState } from "./MailState.tsx"
import "./mails.css"

const Facts = ({ mail }: { readonly mail: MailFacts }) => {
  const words = useWords()
  const format = useFormat()
  const { about, attempts, canUnsubscribe, createdAt, endedAt, expiresAt, id, language, nextAttemptAt, reason } = mail
  return (
    <dl className="facts">
      <div className="all">
        <dt>{words.mails.state}</dt>
        <dd>
          <MailState status={mail.status} />
          <span className="quiet small" style={{ display: "block", fontWeight: 400, marginBlockStart: 4 }}>
            {words.mails.meanings[mail.status]}
          </span>
        </dd>
      </div>
      {reason === null ? null : (
        <div className="all">
          <dt>{words.mails.reason}</dt>
          <dd>{reason}</dd>
        </div>
      )}
      <div>
        <dt>{words.mails.made}</dt>
        <dd>
          <Time at={createdAt} isExact />
        </dd>
      </div>
      {endedAt === null ? (
        <div>
          <dt>{words.mails.next}</dt>
          <dd>{nextAttemptAt === null ? words.shell.none : <Time at={nextAttemptAt} />}</dd>
        </div>
      ) : (
        <div>
          <dt>{words.mails.ended}</dt>
          <dd>
            <Time at={endedAt} isExact />
          </dd>
        </div>
      )}
      <div>
        <dt>{words.mails.attempts}</dt>
        <dd>{format.number(attempts)}</dd>
      </div>
      <div>
        <dt>{words.mails.until}</dt>
        <dd>
          <Time at={expiresAt} isExact />
        </dd>
      </div>
      <div>
        <dt>{words.mails.language}</dt>
        <dd>{words.shell.language[language]}</dd>
      </div>
      <div>
        <dt>{words.mails.unsubscribe}</dt>
        <dd>{canUnsubscribe ? words.mails.yes : words.mails.no}</dd>
      </div>
      <div className="all">
        <dt>{words.mails.about}</dt>
        <dd>
          {about === null ? (
            words.mails.nothing
          ) : (
            <>
              {kindOf(words, about.kind)} <Copy text={about.id} />
            </>
          )}
        </dd>
      </div>
      <div className="all">
        <dt>{words.mails.id}</dt>
        <dd>
          <Copy text={id} />
        </dd>
      </div>
    </dl>
  )
}

/**
 * What the mail says, as text: the admin's policy lets no styles and no frames in, and this is what programs without HTML show.
 */
const Preview = ({ id }: { readonly id: MailId }) => {
  const words = useWords().mails
  const preview = useQuery(Client.query("mails", "preview", { params: { id }, reactivityKeys: ["mails"] }))
  return (
    <section className="section" aria-labelledby="mail-preview">
      <h3 id="mail-preview">{words.preview}</h3>
      <Loaded query={preview} skeleton={<Skeleton rows={5} />}>
        {({ text }) =>
          text === "" ? (
            <p className="quiet">{words.noPreview}</p>
          ) : (
            <>
              <div className="mail-text" tabIndex={0} role="group" aria-label={words.text} dir="auto">
                {text}
              </div>
              <p className="quiet small">{words.masked}</p>
            </>
          )
        }
      </Loaded>
    </section>
  )
}

/** Why the service would not send the mail again. */
const useObstacle = (mail: MailFacts): "whyLink" | "whySuppressed" | "whyForgotten" | undefined => {
  if (mail.status === "forgotten" || mail.to === null) return "whyForgotten"
  if (mail.status === "suppressed") return "whySuppressed"
  return mail.hasLink && mail.status !== "outbox" && mail.status !== "refused" && mail.status !== "failed"
    ? "whyLink"
    : undefined
}

const Resend = ({ mail }: { readonly mail: MailFacts }) => {
  const words = useWords()
  const [isAsked, ask] = useState(false)
  const obstacle = useObstacle(mail)
  const resend = useAction((client, id: MailId) => client.mails.resend({ params: { id } }), ["mails"])
  const close = () => {
    resend.clear()
    ask(false)
  }
  if (obstacle !== undefined) {
    return (
      <p className="quiet">
        {words.mails[obstacle]}{" "}
        {obstacle === "whySuppressed" && mail.to !== null ? (
          <Here change={{ tab: "suppressions", to: mail.to, status: undefined, id: undefined }}>
            {words.mails.toSuppressions}
          </Here>
        ) : null}
      </p>
    )
  }
  const label = mail.status === "outbox" ? words.mails.tryNow : words.mails.resend
  const run = () =>
    void resend.run(mail.id).then(({ isDone }) => {
      if (!isDone) return
      close()
      say(words.mails.resendDone)
    })
  return (
    <div>
      {/* One that waits is only tried earlier: nobody gets it twice. */}
      <Button
        icon="reset"
        isWaiting={resend.isWaiting && !isAsked}
        onClick={() => (mail.status === "outbox" ? run() : ask(true))}
      >
        {label}
      </Button>
      <ConfirmDialog
        isOpen={isAsked || resend.cause !== undefined}
        title={fill(words.mails.resendTitle, { subject: mail.subject ?? "", to: mail.to ?? "" })}
        confirm={label}
        isWaiting={resend.isWaiting}
        cause={resend.cause}
        onClose={close}
        onConfirm={run}
      >
        {words.mails.resendLead}
      </ConfirmDialog>
    </div>
  )
}

/** What became of a mail, what it says, and sending it again. Open while there is an `id`. */
export const MailDrawer = (props: { readonly id: MailId | undefined; readonly onClose: () => void }) => {
  const words = useWords()
  const may = useMay()
  const { id, onClose } = props
  const mail = useQuery(
    id === undefined ? nothing : Client.query("mails", "get", { params: { id }, reactivityKeys: ["mails"] })
  )
  return (
    <Drawer
      isOpen={id !== undefined}
      isWide
      title={mail.value === undefined ? words.mails.mail : (mail.value.subject ?? words.mails.forgotten)}
      lead={mail.value?.to ?? undefined}
      onClose={onClose}
      returnTo={id === undefined ? undefined : rowId(id)}
    >
      {id === undefined ? null : (
        <Loaded query={mail} skeleton={<Skeleton rows={7} height={26} />}>
          {(value) => (
            <div className="sections">
              {may("mail:write") ? <Resend mail={value} /> : null}
              <Facts mail={value} />
              {value.status === "forgotten" ? null : <Preview id={id} />}
              {may("audit:read") ? (
                <p>
                  <To to="/audit" search={{ targetKind: "mail", targetId: id }}>
                    {words.audit.history}
                  </To>
                </p>
              ) : null}
            </div>
          )}
        </Loaded>
      )}
    </Drawer>
  )
}
