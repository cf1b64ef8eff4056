import { Outlet, useLocation } from "@tanstack/react-router"
import { lazy, Suspense, useCallback, useEffect, useState } from "react"
import { useMay } from "./Identity.tsx"
import { Interrupted } from "./Interrupted.tsx"
import { AccountButton } from "./Me.tsx"
import { entries } from "./Nav.ts"
import { To } from "./Navigation.tsx"
import { useWords } from "./Speech.tsx"
import { IconButton } from "./ui/Button.tsx"
import { Icon, Wheel } from "./ui/Icons.tsx"
import { Skeleton } from "./ui/Skeleton.tsx"
import { Toasts } from "./ui/Toast.tsx"

const MenuDrawer = lazy(async () => ({ default: (await import("./MenuDrawer.tsx")).MenuDrawer }))
const Palette = lazy(async () => ({ default: (await import("./Palette.tsx")).Palette }))

const isOn = (to: string, pathname: string) =>
  to === "/" ? pathname === "/" : pathname === to || pathname.startsWith(`${to}/`)

const isMac = /mac|iphone|ipad/i.test(navigator.userAgent)

const Side = ({ onFind }: { readonly onFind: () => void }) => {
  const words = useWords().shell
  const may = useMay()
  const { pathname } = useLocation()
  return (
    <aside className="side" aria-label={words.brand}>
      <To to="/" className="brand">
        <Wheel />
        {words.brand}
      </To>
      <button type="button" className="finder" onClick={onFind}>
        <Icon name="search" />
        {words.search.open}
        <kbd aria-hidden="true">{isMac ? "⌘K" : "Ctrl K"}</kbd>
      </button>
      <nav className="nav" aria-label={words.navigation}>
        {entries
          .filter(({ needs }) => may(needs))
          .map(({ icon, to, word }) => (
            <To key={to} to={to} aria-current={isOn(to, pathname) ? "page" : undefined}>
              <Icon name={icon} />
              {words.nav[word]}
            </To>
          ))}
      </nav>
      <div className="side-foot">
        <AccountButton />
      </div>
    </aside>
  )
}

/** Says that the network is down, as far as the browser knows. */
const Offline = () => {
  const words = useWords().shell.fault
  const [isOffline, setOffline] = useState(!navigator.onLine)
  useEffect(() => {
    const look = () => setOffline(!navigator.onLine)
    addEventListener("online", look)
    addEventListener("offline", look)
    return () => {
      removeEventListener("online", look)
      removeEventListener("offline", look)
    }
  }, [])
  return (
    <div role="status">
      {isOffline ? (
        <p className="note offline">
          <Icon name="warning" />
          {words.offline}
        </p>
      ) : null}
    </div>
  )
}

/** Ctrl or ⌘ with K. */
const useShortcut = (run: () => void) => {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return
      event.preventDefault()
      run()
    }
    addEventListener("keydown", press)
    return () => removeEventListener("keydown", press)
  }, [run])
}

/** The frame around all screens. What opens over it is loaded when it opens for the first time. */
export const Shell = () => {
  const words = useWords().shell
  const { pathname } = useLocation()
  const [isMenu, setMenu] = useState<boolean>()
  const [isFinding, setFinding] = useState<boolean>()
  const find = useCallback(() => {
    setMenu((isOpen) => (isOpen === undefined ? undefined : false))
    setFinding(true)
  }, [])
  useShortcut(find)
  useEffect(() => setMenu((isOpen) => (isOpen === undefined ? undefined : false)), [pathname])
  return (
    <>
      <a href="#content" className="skip">
        {words.skip}
      </a>
      <div className="app">
        <header className="top">
          <IconButton icon="menu" label={words.menu} aria-haspopup="dialog" onClick={() => setMenu(true)} />
          <To to="/" className="brand">
            <Wheel />
            {words.brand}
          </To>
          <IconButton icon="search" label={words.search.open} aria-haspopup="dialog" onClick={find} />
        </header>
        <Side onFind={find} />
        <main id="content" className="content" tabIndex={-1}>
          <Offline />
          <Suspense fallback={<Skeleton rows={8} />}>
            <Outlet />
          </Suspense>
        </main>
      </div>
      <Suspense fallback={null}>
        {isMenu === undefined ? null : (
          <MenuDrawer isOpen={isMenu} onOpen={setMenu}>
            <Side onFind={find} />
          </MenuDrawer>
        )}
        {isFinding === undefined ? null : <Palette isOpen={isFinding} onOpen={setFinding} />}
      </Suspense>
      <Interrupted />
      <Toasts />
    </>
  )
}
