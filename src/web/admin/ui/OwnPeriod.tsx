import { useState } from "react"
import { useWords } from "../Speech.tsx"
import { fill } from "../words/Words.ts"
import { Button } from "./Button.tsx"
import { Dialog } from "./Dialog.tsx"
import { TextField } from "./Field.tsx"
import { mostDays, type PeriodChoice } from "./PeriodChoice.ts"

/** Asks for a first and a last day. */
export const OwnPeriod = (props: {
  readonly isOpen: boolean
  readonly first: PeriodChoice
  readonly onChange: (choice: PeriodChoice) => void
  readonly onClose: () => void
}) => {
  const words = useWords().shell
  const { first } = props
  const [from, setFrom] = useState(first.kind === "own" ? first.from : "")
  const [to, setTo] = useState(first.kind === "own" ? first.to : "")
  const days = (Date.parse(to) - Date.parse(from)) / 86_400_000 + 1
  const error =
    days < 1 ? words.period.wrong : days > mostDays ? fill(words.period.tooLong, { count: mostDays }) : undefined
  return (
    <Dialog isOpen={props.isOpen} title={words.period.title} onClose={props.onClose}>
      <form
        className="section"
        style={{ gap: 14 }}
        onSubmit={(event) => {
          event.preventDefault()
          if (error === undefined && days >= 1) props.onChange({ kind: "own", from, to })
        }}
      >
        <TextField label={words.period.from} type="date" required value={from} onChange={setFrom} />
        <TextField label={words.period.to} type="date" required value={to} onChange={setTo} error={error} />
        <div className="dialog-feet">
          <Button onClick={props.onClose}>{words.actions.cancel}</Button>
          <Button type="submit" look="main">
            {words.period.apply}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
