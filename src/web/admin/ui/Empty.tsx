import type { ReactNode } from "react"
import type { IconName } from "./IconName.ts"
import { Icon } from "./Icons.tsx"

/** Says what would be here and how to get it. */
export const Empty = (props: {
  readonly icon: IconName
  readonly title: string
  readonly lead?: string
  /** Buttons, or lines of code. */
  readonly children?: ReactNode
}) => (
  <div className="empty">
    <span className="empty-picture">
      <Icon name={props.icon} />
    </span>
    <h2>{props.title}</h2>
    {props.lead === undefined ? null : <p>{props.lead}</p>}
    {props.children}
  </div>
)
