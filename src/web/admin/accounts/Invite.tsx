import { Schema } from "effect"
import { useState } from "react"
import { Language } from "../../../accounts/Account.ts"
import { EmailInput } from "../../../players/Email.ts"
import type { Role } from "../../../platform/contract/Access.ts"
import { useIdentity } from "../Identity.tsx"
import { languages } from "../Language.ts"
import { problemOf } from "../Problem.ts"
import { useProvenAction } from "../Proof.tsx"
import { useWords } from "../Speech.tsx"
import { TextField } from "../ui/Field.tsx"
import { FormDialog } from "../ui/FormDialog.tsx"
import { Select } from "../ui/Select.tsx"
import { say } from "../ui/Toast.tsx"
import { fill } from "../words/Words.ts"
import { HandOver } from "./HandOver.tsx"
import { useGivable } from "./Standing.ts"

const isLanguage = Schema.is(Language)
const isEmail = Schema.is(EmailInput)

/** Invites a person. Where no mail server is set, the link is shown once, to be handed over. */
export const Invite = (props: { readonly onClose: () => void; readonly onDone: () => void }) => {
  const words = useWords()
  const { account } = useIdentity()
  const givable = useGivable()
  const [email, setEmail] = useState("")
  const [role, setRole] = useState<Role>("editor")
  const [language, setLanguage] = useState(account.language)
  const [isTried, setTried] = useState(false)
  const [handed, hand] = useState<{ readonly email: string; readonly link: string }>()
  const invite = useProvenAction(
    (client, _: undefined) => client.invitations.create({ payload: { email: email.trim(), role, language } }),
    ["invitations"]
  )
  if (handed !== undefined) return <HandOver {...handed} onClose={props.onClose} />
  const problem = invite.cause === undefined ? undefined : problemOf(invite.cause, words)
  const isWrong = isTried && !isEmail(email.trim())
  const submit = () => {
    setTried(true)
    if (!isEmail(email.trim())) return
    void invite.run(undefined).then((ended) => {
      if (!ended.isDone) return
      const { value } = ended
      props.onDone()
      if (value.link === null) {
        say(fill(words.accounts.invited, { email: value.email }))
        props.onClose()
      } else hand({ email: value.email, link: value.link })
    })
  }
  return (
    <FormDialog
      title={words.accounts.inviteTitle}
      lead={words.accounts.inviteLead}
      submit={words.accounts.invite}
      action={invite}
      proof={invite.proof}
      onSubmit={submit}
      onClose={props.onClose}
    >
      <TextField
        label={words.accounts.email}
        type="email"
        dir="ltr"
        autoComplete="off"
        maxLength={320}
        value={email}
        error={isWrong ? words.accounts.emailWrong : problem?.fields["email"]}
        onChange={setEmail}
      />
      <Select
        label={words.accounts.role}
        value={role}
        options={givable.map((value) => ({ value, label: words.shell.roles[value] }))}
        onChange={setRole}
      />
      <p className="quiet small">{words.accounts.roleLeads[role]}</p>
      <Select
        label={words.accounts.language}
        value={language}
        options={languages
          .filter((one) => isLanguage(one))
          .map((value) => ({ value, label: words.shell.language[value] }))}
        onChange={setLanguage}
      />
    </FormDialog>
  )
}
