import { Schema } from "effect"
import { useState } from "react"
import { AccountName } from "../../../accounts/Account.ts"
import { problemOf } from "../Problem.ts"
import { useProvenAction } from "../Proof.tsx"
import { useWords } from "../Speech.tsx"
import { TextField } from "../ui/Field.tsx"
import { FormDialog } from "../ui/FormDialog.tsx"
import { Select } from "../ui/Select.tsx"
import { say } from "../ui/Toast.tsx"
import { fill } from "../words/Words.ts"
import { useGivable } from "./Standing.ts"

const isName = Schema.is(AccountName)

/** Makes an account for a program. Its keys are made on the screen of keys. */
export const NewMachine = (props: { readonly onClose: () => void; readonly onDone: (id: string) => void }) => {
  const words = useWords()
  const givable = useGivable()
  const [name, setName] = useState("")
  const [role, setRole] = useState<"viewer" | "editor" | "admin">("editor")
  const [isTried, setTried] = useState(false)
  const make = useProvenAction(
    (client, _: undefined) => client.accounts.create({ payload: { name: name.trim(), role } }),
    ["accounts"]
  )
  const problem = make.cause === undefined ? undefined : problemOf(make.cause, words)
  const isWrong = isTried && !isName(name.trim())
  const submit = () => {
    setTried(true)
    if (!isName(name.trim())) return
    void make.run(undefined).then((ended) => {
      if (!ended.isDone) return
      say(fill(words.accounts.machineMade, { name: ended.value.body.name }))
      props.onDone(ended.value.body.id)
    })
  }
  return (
    <FormDialog
      title={words.accounts.machineTitle}
      lead={words.accounts.machineLead}
      submit={words.accounts.addMachine}
      action={make}
      proof={make.proof}
      onSubmit={submit}
      onClose={props.onClose}
    >
      <TextField
        label={words.accounts.name}
        autoComplete="off"
        maxLength={200}
        value={name}
        error={isWrong ? words.accounts.nameWrong : problem?.fields["name"]}
        onChange={setName}
      />
      <Select
        label={words.accounts.role}
        value={role}
        options={(["viewer", "editor", "admin"] as const)
          .filter((value) => givable.includes(value))
          .map((value) => ({ value, label: words.shell.roles[value] }))}
        onChange={setRole}
      />
      <p className="quiet small">{words.accounts.roleLeads[role]}</p>
    </FormDialog>
  )
}
