import { type ComponentPropsWithRef, type ReactNode, useId } from "react"
import type { IconName } from "./IconName.ts"
import { Icon } from "./Icons.tsx"

/** What a control of a field gets: its id, and what describes it. */
export interface Control {
  readonly id: string
  readonly "aria-describedby": string | undefined
  readonly "aria-invalid": boolean | undefined
}

/** A label, a control, a hint, and what is wrong with what was entered. */
export const Field = (props: {
  readonly label: string
  readonly isLabelHidden?: boolean
  readonly hint?: ReactNode
  readonly error?: string | undefined
  readonly children: (control: Control) => ReactNode
}) => {
  const id = useId()
  const hint = props.hint === undefined ? undefined : `${id}hint`
  const error = props.error === undefined ? undefined : `${id}error`
  const described = [error, hint].filter((one) => one !== undefined).join(" ")
  return (
    <div className="field">
      <label htmlFor={id} className={props.isLabelHidden === true ? "hidden" : undefined}>
        {props.label}
      </label>
      {props.children({
        id,
        "aria-describedby": described === "" ? undefined : described,
        "aria-invalid": error === undefined ? undefined : true
      })}
      {error === undefined ? null : (
        <p id={error} className="error" role="alert">
          {props.error}
        </p>
      )}
      {hint === undefined ? null : (
        <p id={hint} className="hint">
          {props.hint}
        </p>
      )}
    </div>
  )
}

/** A field for one line of text. `onChange` gets the text. */
export const TextField = ({
  error,
  hint,
  icon,
  isLabelHidden,
  label,
  onChange,
  ...rest
}: {
  readonly label: string
  readonly isLabelHidden?: boolean
  readonly hint?: ReactNode
  readonly error?: string | undefined
  readonly icon?: IconName
  readonly onChange: (text: string) => void
} & Omit<ComponentPropsWithRef<"input">, "onChange" | "className" | "id">) => (
  <Field
    label={label}
    error={error}
    {...(isLabelHidden === undefined ? {} : { isLabelHidden })}
    {...(hint === undefined ? {} : { hint })}
  >
    {(control) => {
      const input = (
        <input
          type="text"
          {...rest}
          {...control}
          className="input"
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      )
      if (icon === undefined) return input
      return (
        <span className="with-icon">
          <Icon name={icon} />
          {input}
        </span>
      )
    }}
  </Field>
)

/**
 * A box to tick.
 *
 * @public
 */
export const Check = (props: {
  readonly label: ReactNode
  readonly isChecked: boolean
  readonly isDisabled?: boolean
  readonly onChange: (isChecked: boolean) => void
}) => (
  <label className="check">
    <input
      type="checkbox"
      checked={props.isChecked}
      disabled={props.isDisabled === true}
      onChange={(event) => props.onChange(event.currentTarget.checked)}
    />
    <span>{props.label}</span>
  </label>
)
