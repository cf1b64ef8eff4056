import type { ReactNode } from "react"
import type { IconName } from "./IconName.ts"

const paths = {
  overview: <path d="M3 13V7M8 13V3M13 13V9" />,
  games: (
    <>
      <circle cx="8" cy="8" r="5.75" />
      <path d="M8 8V2.25M8 8l4.9 3M8 8l-4.9 3" />
    </>
  ),
  players: (
    <>
      <circle cx="6.2" cy="5.4" r="2.5" />
      <path d="M1.8 13.2c.3-2.6 2-4 4.4-4s4.1 1.4 4.4 4M10.4 3.2a2.4 2.4 0 0 1 0 4.5M12 9.6c1.3.5 2 1.7 2.2 3.2" />
    </>
  ),
  plays: <path d="M4.2 2.9v10.2L12.6 8z" />,
  contacts: (
    <>
      <rect x="1.9" y="3.2" width="12.2" height="9.6" rx="1.8" />
      <path d="m2.4 4.6 5.6 4.2 5.6-4.2" />
    </>
  ),
  tasks: (
    <path d="m1.9 4 1.2 1.2L5.2 3M1.9 8.4l1.2 1.2 2.1-2.2M1.9 12.6l1.2 1.2 2.1-2.2M8 4.2h6.1M8 8.4h6.1M8 12.6h6.1" />
  ),
  accounts: (
    <>
      <circle cx="8" cy="5.2" r="2.8" />
      <path d="M2.7 13.8c.4-3 2.4-4.6 5.3-4.6s4.9 1.6 5.3 4.6" />
    </>
  ),
  audit: (
    <>
      <path d="M3.4 2h6.4l2.8 2.9V14H3.4z" />
      <path d="M5.8 7.4h4.4M5.8 10.4h4.4" />
    </>
  ),
  keys: (
    <>
      <circle cx="5.2" cy="10.8" r="3.1" />
      <path d="m7.5 8.5 6-6M11 5l2 2" />
    </>
  ),
  plug: <path d="M5.6 1.9v3.3M10.4 1.9v3.3M3.7 5.2h8.6v2.4a4.3 4.3 0 0 1-8.6 0zM8 11.9v2.3" />,
  mails: (
    <>
      <path d="m14.2 1.9-6.4 12.3-1.9-5.9L0 6.4z" transform="translate(.9 .1)" />
      <path d="m6.8 8.4 4-3.2" />
    </>
  ),
  settings: <path d="M2 4.2h6.2M12 4.2h2M2 11.8h2M8 11.8h6M10.1 2.6v3.2M5.9 10.2v3.2" />,
  search: (
    <>
      <circle cx="7" cy="7" r="4.6" />
      <path d="m10.4 10.4 3.4 3.4" />
    </>
  ),
  close: <path d="m3.6 3.6 8.8 8.8M12.4 3.6l-8.8 8.8" />,
  menu: <path d="M2 4.2h12M2 8h12M2 11.8h12" />,
  chevron: <path d="m4.4 6.2 3.6 3.6 3.6-3.6" />,
  next: <path d="m6.2 4.4 3.6 3.6-3.6 3.6" />,
  tick: <path d="m3 8.6 3.2 3.2L13 4.6" />,
  copy: (
    <>
      <rect x="5.4" y="5.4" width="8.6" height="8.6" rx="1.8" />
      <path d="M10.6 5.2V3.8A1.8 1.8 0 0 0 8.8 2H3.8A1.8 1.8 0 0 0 2 3.8v5a1.8 1.8 0 0 0 1.8 1.8h1.4" />
    </>
  ),
  download: <path d="M8 2.2v8M4.8 7.2 8 10.4l3.2-3.2M2.6 13.4h10.8" />,
  reset: <path d="M2.6 7.2a5.5 5.5 0 1 1 .9 4M2.4 3.4v3.9h3.9" />,
  bin: <path d="M2.8 4.2h10.4M6.2 4V2.4h3.6V4M4.2 4.4l.6 9.2h6.4l.6-9.2M6.8 7v4M9.2 7v4" />,
  plus: <path d="M8 2.8v10.4M2.8 8h10.4" />,
  up: <path d="m4.4 11.6 7.2-7.2M5.8 4.4h5.8v5.8" />,
  down: <path d="m4.4 4.4 7.2 7.2M11.6 5.8v5.8H5.8" />,
  moon: <path d="M13.6 9.6A6 6 0 0 1 6.4 2.4a6 6 0 1 0 7.2 7.2z" />,
  sun: (
    <>
      <circle cx="8" cy="8" r="2.9" />
      <path d="M8 1.4v1.4M8 13.2v1.4M1.4 8h1.4M13.2 8h1.4M3.3 3.3l1 1M11.7 11.7l1 1M12.7 3.3l-1 1M4.3 11.7l-1 1" />
    </>
  ),
  screen: (
    <>
      <rect x="1.8" y="2.6" width="12.4" height="8.4" rx="1.6" />
      <path d="M5.4 13.6h5.2M8 11v2.4" />
    </>
  ),
  out: (
    <path d="M6.2 2.4H3.4A1.2 1.2 0 0 0 2.2 3.6v8.8a1.2 1.2 0 0 0 1.2 1.2h2.8M10.4 11.2 13.8 8l-3.4-3.2M13.4 8H6.2" />
  ),
  warning: <path d="M8 2 14.6 13.6H1.4zM8 6.4v3.4M8 11.8v.1" />,
  lock: (
    <>
      <rect x="3" y="7" width="10" height="7" rx="1.6" />
      <path d="M5.2 7V5a2.8 2.8 0 0 1 5.6 0v2" />
    </>
  ),
  calendar: (
    <>
      <rect x="2" y="3.2" width="12" height="10.8" rx="1.8" />
      <path d="M2 6.6h12M5.4 1.8v2.6M10.6 1.8v2.6" />
    </>
  ),
  edit: <path d="m10.8 2.8 2.4 2.4-7.8 7.8-3 .6.6-3z" />,
  external: (
    <path d="M6.4 3.2H3.6A1.4 1.4 0 0 0 2.2 4.6v7.8a1.4 1.4 0 0 0 1.4 1.4h7.8a1.4 1.4 0 0 0 1.4-1.4V9.6M9.4 2.2h4.4v4.4M13.6 2.4 7.6 8.4" />
  )
} satisfies Record<IconName, ReactNode>

/** A picture beside words: it says nothing of its own to a screen reader. */
export const Icon = ({ name }: { readonly name: IconName }) => (
  <svg className="icon-svg" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
    {paths[name]}
  </svg>
)

/** Fairground's wheel. */
export const Wheel = () => (
  <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">
    <circle cx="16" cy="16" r="15" fill="#b3123f" />
    <path
      d="M16 16V3a13 13 0 0 1 9.2 3.8zM16 16h13a13 13 0 0 1-3.8 9.2zM16 16v13a13 13 0 0 1-9.2-3.8zM16 16H3a13 13 0 0 1 3.8-9.2z"
      fill="#ffd166"
    />
    <circle cx="16" cy="16" r="4" fill="#fff" />
  </svg>
)
