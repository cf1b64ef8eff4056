import { Schema } from "effect"
import { useEffect, useState } from "react"
import { EmailInput } from "../../../players/Email.ts"
import { useWords } from "../Speech.tsx"
import { TextField } from "../ui/Field.tsx"

const isEmail = Schema.is(EmailInput)

/** An address that the service can look for. */
export const address = (text: string | undefined): string | undefined =>
  text !== undefined && isEmail(text) ? text : undefined

/** Looks for an address, which is entered whole: Enter searches. */
export const AddressSearch = (props: {
  readonly value: string | undefined
  readonly onChange: (address: string | undefined) => void
}) => {
  const words = useWords().mails
  const { onChange, value = "" } = props
  const [typed, setTyped] = useState(value)
  const [isTried, setTried] = useState(false)
  useEffect(() => setTyped(value), [value])
  const given = typed.trim()
  const isWrong = isTried && given !== "" && !isEmail(given)
  const submit = (event: Pick<Event, "preventDefault">) => {
    event.preventDefault()
    setTried(true)
    if (given === "") onChange(undefined)
    else if (isEmail(given)) onChange(given)
  }
  return (
    <form className="grow" noValidate onSubmit={submit}>
      <TextField
        label={words.search}
        isLabelHidden
        icon="search"
        type="search"
        dir="ltr"
        autoComplete="off"
        spellCheck={false}
        maxLength={320}
        placeholder={words.search}
        value={typed}
        error={isWrong ? words.searchWrong : undefined}
        onChange={(text) => {
          setTyped(text)
          setTried(false)
          if (text === "" && value !== "") onChange(undefined)
        }}
      />
    </form>
  )
}
