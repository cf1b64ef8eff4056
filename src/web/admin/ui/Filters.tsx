import type { ReactNode } from "react"
import { useWords } from "../Speech.tsx"
import { Button } from "./Button.tsx"
import { Empty } from "./Empty.tsx"
import type { IconName } from "./IconName.ts"

/** The filters above a list. `onClear` takes all of them away; undefined: there are none. */
export const Filters = (props: { readonly onClear: (() => void) | undefined; readonly children: ReactNode }) => {
  const words = useWords().shell.actions
  return (
    <search className="bar">
      {props.children}
      {props.onClear === undefined ? null : (
        <Button look="plain" icon="close" onClick={props.onClear}>
          {words.clear}
        </Button>
      )}
    </search>
  )
}

/** Stands in place of a list of which the filters leave nothing. */
export const NoneFits = (props: {
  readonly title: string
  readonly lead?: string
  readonly icon?: IconName
  readonly onClear: () => void
}) => {
  const words = useWords().shell.actions
  return (
    <Empty
      icon={props.icon ?? "search"}
      title={props.title}
      {...(props.lead === undefined ? {} : { lead: props.lead })}
    >
      <div className="row">
        <Button icon="close" onClick={props.onClear}>
          {words.clear}
        </Button>
      </div>
    </Empty>
  )
}
