import type { ReactNode } from "react"
import type { IconName } from "./IconName.ts"
import { Icon } from "./Icons.tsx"

/** Says what would be here and how to get it. */
export const Empty = (props: {
  readonly icon: IconName
  readonly title: string
  readonly lead?: string
  /** The title is that of the whole screen. */
  readonly isScreen?: boolean
  /** Buttons, or lines of code. */
  readonly children?: ReactNode
}) => {
  const Title = props.isScreen === true ? "h1" : "h2"
  return (
    <div className="empty">
      <span className="empty-picture">
        <Icon name={props.icon} />
      </span>
      <Title>{props.title}</Title>
      {props.lead === undefined ? null : <p>{props.lead}</p>}
      {props.children}
    </div>
  )
}
