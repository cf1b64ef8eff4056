import { isColour, sixDigits } from "../../../pages/Colour.ts"
import { useWords } from "../Speech.tsx"
import { Field } from "../ui/Field.tsx"
import { fill } from "../words/Words.ts"

/** A colour: chosen from the browser's own palette, or typed. */
export const ColourField = (props: {
  readonly label: string
  readonly isLabelHidden?: boolean
  readonly hint?: string | undefined
  readonly error?: string | undefined
  readonly isDisabled: boolean
  readonly value: string
  readonly onChange: (colour: string) => void
}) => {
  const words = useWords().games.look
  return (
    <Field
      label={props.label}
      error={props.error}
      {...(props.isLabelHidden === undefined ? {} : { isLabelHidden: props.isLabelHidden })}
      {...(props.hint === undefined ? {} : { hint: props.hint })}
    >
      {(control) => (
        <span className="colour">
          <input
            type="color"
            aria-label={fill(words.palette, { colour: props.label })}
            disabled={props.isDisabled}
            value={isColour(props.value) ? sixDigits(props.value) : "#000000"}
            onChange={(event) => props.onChange(event.currentTarget.value)}
          />
          <input
            {...control}
            className="input"
            type="text"
            dir="ltr"
            autoComplete="off"
            spellCheck={false}
            maxLength={7}
            disabled={props.isDisabled}
            value={props.value}
            onChange={(event) => props.onChange(event.currentTarget.value)}
          />
        </span>
      )}
    </Field>
  )
}
