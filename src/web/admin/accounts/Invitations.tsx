import { Effect } from "effect"
import { useState } from "react"
import type { InvitationFacts } from "../../../accounts/invitation/Invitation.ts"
import { Client } from "../Client.ts"
import { useIdentity, useMay } from "../Identity.tsx"
import { useProvenAction } from "../Proof.tsx"
import { useWords } from "../Speech.tsx"
import { Avatar, Badge } from "../ui/Badge.tsx"
import { Button } from "../ui/Button.tsx"
import { ConfirmDialog } from "../ui/Dialog.tsx"
import { Empty } from "../ui/Empty.tsx"
import { type Column, List } from "../ui/List.tsx"
import { Time } from "../ui/Time.tsx"
import { say } from "../ui/Toast.tsx"
import { fill } from "../words/Words.ts"
import { useAccountName } from "./AccountNames.ts"
import { HandOver } from "./HandOver.tsx"
import { covers } from "./Standing.ts"
import "./accounts.css"

type Listed = typeof InvitationFacts.Type

interface Deed {
  readonly what: "resend" | "withdraw"
  readonly invitation: Listed
}

/** Who was invited and has not come yet. */
export const Invitations = () => {
  const words = useWords()
  const may = useMay()
  const me = useIdentity().account
  const nameOf = useAccountName()
  const [asked, ask] = useState<Deed>()
  const [handed, hand] = useState<{ readonly email: string; readonly link: string }>()
  const action = useProvenAction(
    (client, { invitation: { id }, what }: Deed): Effect.Effect<{ readonly link: string | null }, unknown> =>
      what === "resend"
        ? client.invitations.resend({ params: { id } })
        : Effect.as(client.invitations.revoke({ params: { id } }), { link: null }),
    ["invitations"]
  )
  const close = () => {
    action.clear()
    ask(undefined)
  }
  const run = () => {
    if (asked === undefined) return
    const { email } = asked.invitation
    void action.run(asked).then((ended) => {
      if (!ended.isDone) return
      close()
      if (ended.value.link === null) say(fill(words.accounts.invitation[asked.what].done, { email }))
      else hand({ email, link: ended.value.link })
    })
  }
  const columns: ReadonlyArray<Column<Listed>> = [
    {
      title: words.accounts.email,
      cell: ({ email, invitedBy, isExpired }) => (
        <span className="who">
          <Avatar text={email} />
          <span>
            <span className="clip">{email}</span>
            <span className="clip quiet small">
              {isExpired ? `${words.accounts.expired} · ` : ""}
              {invitedBy === null
                ? words.accounts.invitedByNobody
                : fill(words.accounts.invitedBy, { name: nameOf(invitedBy) ?? words.shell.none })}
            </span>
          </span>
        </span>
      )
    },
    { title: words.accounts.role, from: "phone", cell: ({ role }) => words.shell.roles[role] },
    {
      title: words.accounts.state,
      from: "phone",
      cell: ({ isExpired }) =>
        isExpired ? (
          <Badge tone="bad">{words.accounts.expired}</Badge>
        ) : (
          <Badge tone="info">{words.accounts.waiting}</Badge>
        )
    },
    { title: words.accounts.sent, from: "tablet", isNarrow: true, cell: ({ createdAt }) => <Time at={createdAt} /> },
    { title: words.accounts.until, from: "tablet", isNarrow: true, cell: ({ expiresAt }) => <Time at={expiresAt} /> },
    ...(may("accounts:write")
      ? [
          {
            title: words.accounts.manage,
            isNumber: true,
            cell: (invitation: Listed) =>
              covers(me.role, invitation.role) ? (
                <span className="row deed-buttons">
                  <Button isSmall onClick={() => ask({ what: "resend", invitation })}>
                    {words.accounts.invitation.resend.button}
                  </Button>
                  <Button isSmall look="danger" onClick={() => ask({ what: "withdraw", invitation })}>
                    {words.accounts.invitation.withdraw.button}
                  </Button>
                </span>
              ) : (
                <span className="quiet small">{words.accounts.whyHigherShort}</span>
              )
          }
        ]
      : [])
  ]
  return (
    <>
      <List
        caption={words.accounts.tabs.invitations}
        columns={columns}
        query={(at) => Client.query("invitations", "list", { query: at, reactivityKeys: ["invitations"] })}
        keyOf={({ id }) => id}
        empty={<Empty icon="mails" title={words.accounts.noInvitationsTitle} lead={words.accounts.noInvitationsLead} />}
      />
      <ConfirmDialog
        isOpen={asked !== undefined}
        title={
          asked === undefined
            ? ""
            : fill(words.accounts.invitation[asked.what].question, { email: asked.invitation.email })
        }
        confirm={asked === undefined ? "" : words.accounts.invitation[asked.what].button}
        isDanger={asked?.what === "withdraw"}
        isWaiting={action.isWaiting}
        cause={action.cause}
        onClose={close}
        onConfirm={run}
      >
        {asked === undefined ? "" : words.accounts.invitation[asked.what].lead}
        {action.proof}
      </ConfirmDialog>
      {handed === undefined ? null : <HandOver {...handed} onClose={() => hand(undefined)} />}
    </>
  )
}
