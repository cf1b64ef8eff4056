import { Select as Base } from "@base-ui/react/select"
import { useEffect, useRef } from "react"
import { Icon } from "./Icons.tsx"
import { useOpening } from "./Opening.ts"
import type { Option } from "./Select.tsx"

/** The list of a select, open at first. Loaded when somebody opens the first select. */
export const OpenSelect = <V extends string>(props: {
  readonly labelId: string
  readonly value: V
  readonly options: ReadonlyArray<Option<V>>
  readonly onChange: (value: V) => void
}) => {
  const [isOpen, setOpen] = useOpening()
  const trigger = useRef<HTMLButtonElement>(null)
  // The button that was pressed is gone: this one stands in its place.
  useEffect(() => trigger.current?.focus({ preventScroll: true }), [])
  return (
    <Base.Root
      open={isOpen}
      onOpenChange={setOpen}
      items={props.options as Array<Option<V>>}
      value={props.value}
      onValueChange={(value) => {
        if (value !== null) props.onChange(value)
      }}
    >
      <Base.Trigger ref={trigger} className="select" aria-labelledby={props.labelId}>
        <Base.Value />
        <Base.Icon>
          <Icon name="chevron" />
        </Base.Icon>
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner className="positioner" positionMethod="fixed" sideOffset={6} alignItemWithTrigger={false}>
          <Base.Popup className="popup">
            {props.options.map(({ label, value }) => (
              <Base.Item key={value} value={value} className="item">
                <Base.ItemText className="item-label">{label}</Base.ItemText>
                <Base.ItemIndicator className="tick">
                  <Icon name="tick" />
                </Base.ItemIndicator>
              </Base.Item>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}
