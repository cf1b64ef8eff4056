import { type ReactNode, useEffect, useRef } from "react"
import { useMay } from "./Identity.tsx"
import { To } from "./Navigation.tsx"
import { useWords } from "./Speech.tsx"
import { Empty } from "./ui/Empty.tsx"
import { fill } from "./words/Words.ts"

let isFirst = true

/** Names the page, and takes the focus to the heading when one comes from another screen. */
const useHeading = (title: string) => {
  const heading = useRef<HTMLHeadingElement>(null)
  const brand = useWords().shell.brand
  useEffect(() => {
    document.title = `${title} · ${brand}`
  }, [title, brand])
  useEffect(() => {
    if (!isFirst) heading.current?.focus({ preventScroll: true })
    isFirst = false
  }, [])
  return heading
}

/**
 * The frame of a screen: its heading, what it is about, and what can be done in it. Without the permission that it `needs`, it says
 * what is missing.
 */
export const Screen = (props: {
  readonly title: string
  readonly lead?: ReactNode
  readonly actions?: ReactNode
  readonly needs?: string
  readonly children: ReactNode
}) => {
  const { actions, children, lead, needs, title } = props
  const heading = useHeading(title)
  const words = useWords().shell.noRight
  const may = useMay()
  const isAllowed = needs === undefined || may(needs)
  return (
    <div className="screen">
      <header className="screen-head">
        <div>
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {lead === undefined || !isAllowed ? null : <p>{lead}</p>}
        </div>
        {actions === undefined || !isAllowed ? null : <div className="row">{actions}</div>}
      </header>
      {isAllowed ? (
        children
      ) : (
        <div className="card">
          <Empty icon="lock" title={words.title} lead={fill(words.lead, { permission: needs })}>
            {needs === "statistics:read" ? null : (
              <p>
                <To to="/">{words.home}</To>
              </p>
            )}
          </Empty>
        </div>
      )}
    </div>
  )
}

/** An address that no screen has. */
export const NotFound = () => {
  const words = useWords().shell
  return (
    <Screen title={words.notFound.title}>
      <div className="card">
        <Empty icon="search" title={words.notFound.title} lead={words.notFound.lead}>
          <p>
            <To to="/">{words.noRight.home}</To>
          </p>
        </Empty>
      </div>
    </Screen>
  )
}
