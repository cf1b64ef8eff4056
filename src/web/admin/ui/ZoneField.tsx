import { useId } from "react"
import { TextField } from "./Field.tsx"

const zones: ReadonlyArray<string> = ["UTC", ...Intl.supportedValuesOf("timeZone").filter((zone) => zone !== "UTC")]

/** An IANA time zone, found by typing a part of it. */
export const ZoneField = (props: {
  readonly label: string
  readonly hint?: string
  readonly error?: string | undefined
  readonly isDisabled?: boolean
  readonly value: string
  readonly onChange: (zone: string) => void
}) => {
  const id = useId()
  return (
    <div>
      <TextField
        label={props.label}
        error={props.error}
        {...(props.hint === undefined ? {} : { hint: props.hint })}
        list={id}
        dir="ltr"
        autoComplete="off"
        spellCheck={false}
        maxLength={64}
        disabled={props.isDisabled === true}
        value={props.value}
        onChange={props.onChange}
      />
      <datalist id={id}>
        {zones.map((zone) => (
          <option key={zone} value={zone}>
            {zone}
          </option>
        ))}
      </datalist>
    </div>
  )
}
