import { lazy, Suspense, useId, useState } from "react"
import { Icon } from "./Icons.tsx"

export interface Option<V extends string> {
  readonly value: V
  readonly label: string
}

interface Props<V extends string> {
  readonly label: string
  readonly isLabelHidden?: boolean
  readonly value: V
  readonly options: ReadonlyArray<Option<V>>
  readonly onChange: (value: V) => void
}

const load = () => import("./OpenSelect.tsx")

// One component for the options of all types: `lazy` forgets type parameters.
const OpenSelect = lazy(async () => ({ default: (await load()).OpenSelect<string> }))

/** One of a few. The label is heard even where it is not shown. What opens is loaded when somebody comes near it. */
export const Select = <V extends string>(props: Props<V>) => {
  const id = useId()
  const [isWanted, want] = useState(false)
  const { isLabelHidden = false, label, onChange, options, value } = props
  const closed = (
    <button
      type="button"
      role="combobox"
      aria-haspopup="listbox"
      aria-expanded="false"
      aria-controls={`${id}-list`}
      aria-labelledby={id}
      className="select"
      onFocus={() => void load()}
      onPointerEnter={() => void load()}
      onClick={() => want(true)}
      onKeyDown={(event) => {
        if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return
        event.preventDefault()
        want(true)
      }}
    >
      <span>{options.find((option) => option.value === value)?.label ?? value}</span>
      <Icon name="chevron" />
    </button>
  )
  return (
    <div className="field">
      <span id={id} className={isLabelHidden ? "hidden" : "label"}>
        {label}
      </span>
      {isWanted ? (
        <Suspense fallback={closed}>
          <OpenSelect labelId={id} value={value} options={options} onChange={(chosen) => onChange(chosen as V)} />
        </Suspense>
      ) : (
        closed
      )}
    </div>
  )
}
