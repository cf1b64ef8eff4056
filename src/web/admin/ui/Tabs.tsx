import type { ReactNode } from "react"
import { Here } from "../Navigation.tsx"
import "./tabs.css"

/** Parts of a screen, each with an address of its own. They are links, so that one can be opened beside the others. */
export const Tabs = <V extends string>(props: {
  readonly label: string
  readonly value: V
  readonly tabs: ReadonlyArray<{ readonly value: V; readonly label: ReactNode }>
  /** What the address calls it; left out: `tab`. */
  readonly name?: string
  /** What of the address belongs to a tab, and goes with it. */
  readonly clears?: Readonly<Record<string, undefined>>
}) => (
  <nav className="tabs" aria-label={props.label}>
    {props.tabs.map(({ label, value }) => (
      <Here
        key={value}
        change={{ ...props.clears, [props.name ?? "tab"]: value }}
        aria-current={value === props.value ? "page" : undefined}
      >
        {label}
      </Here>
    ))}
  </nav>
)
