import { lazy, Suspense, useState } from "react"
import { useFormat, useWords } from "../Speech.tsx"
import { Icon } from "./Icons.tsx"
import { type PeriodChoice, presets } from "./PeriodChoice.ts"

const OwnPeriod = lazy(async () => ({ default: (await import("./OwnPeriod.tsx")).OwnPeriod }))

/** One of the last days, or a time of one's own. */
export const Period = (props: { readonly value: PeriodChoice; readonly onChange: (choice: PeriodChoice) => void }) => {
  const words = useWords().shell.period
  const format = useFormat()
  const [asking, ask] = useState<boolean>()
  const { onChange, value } = props
  const isOwn = value.kind === "own"
  return (
    <div className="segments" role="group" aria-label={words.title}>
      {presets.map((days) => (
        <button
          key={days}
          type="button"
          aria-pressed={value.kind === "last" && value.days === days}
          onClick={() => onChange({ kind: "last", days })}
        >
          {format.plural(words.days, days)}
        </button>
      ))}
      <button
        type="button"
        className="with-picture"
        aria-pressed={isOwn}
        aria-haspopup="dialog"
        onClick={() => ask(true)}
      >
        <Icon name="calendar" />
        {isOwn ? `${format.dayName(value.from)} – ${format.dayName(value.to)}` : words.own}
      </button>
      {asking === undefined ? null : (
        <Suspense fallback={null}>
          <OwnPeriod
            isOpen={asking}
            first={value}
            onClose={() => ask(false)}
            onChange={(choice) => {
              ask(false)
              onChange(choice)
            }}
          />
        </Suspense>
      )}
    </div>
  )
}
