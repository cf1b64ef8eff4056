import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet } from "@tanstack/react-router"
import type { ComponentType } from "react"
import { Crash, whole } from "./Crash.tsx"
import { SignedIn } from "./Identity.tsx"
import { ComingBack } from "./Interrupted.tsx"
import { NotFound } from "./Screen.tsx"
import { parseSearch, stringifySearch } from "./Search.ts"
import { Shell } from "./Shell.tsx"

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound })

const frame = createRoute({
  getParentRoute: () => root,
  id: "frame",
  component: () => (
    <SignedIn>
      <Shell />
    </SignedIn>
  )
})

type Loaded<Name extends string> = Readonly<Record<Name, ComponentType>>

/** A screen, loaded when somebody goes there. */
const screen = <const Name extends string>(path: string, name: Name, load: () => Promise<Loaded<Name>>) =>
  createRoute({
    getParentRoute: () => frame,
    path,
    component: lazyRouteComponent(() => whole(load()) as never, name as never)
  })

/** Every screen, one a line. `Nav.ts` has the entries of the navigation. */
const screens = [
  screen("/", "Overview", () => import("./overview/Overview.tsx")),
  screen("/games", "Games", () => import("./games/Games.tsx")),
  screen("/games/$slug", "Game", () => import("./games/Game.tsx")),
  screen("/players", "Players", () => import("./players/Players.tsx")),
  screen("/plays", "Plays", () => import("./plays/Plays.tsx")),
  screen("/tasks", "Tasks", () => import("./tasks/Tasks.tsx")),
  screen("/contacts", "Contacts", () => import("./contacts/Contacts.tsx")),
  screen("/esps", "Esps", () => import("./esps/Esps.tsx")),
  screen("/mails", "Mails", () => import("./mails/Mails.tsx")),
  screen("/accounts", "Accounts", () => import("./accounts/Accounts.tsx")),
  screen("/keys", "Keys", () => import("./keys/Keys.tsx")),
  screen("/audit", "AuditLog", () => import("./audit/AuditLog.tsx")),
  screen("/settings", "Settings", () => import("./settings/Settings.tsx")),
  // Any other path: inside the frame, so that the navigation is there.
  createRoute({ getParentRoute: () => frame, path: "$", component: NotFound })
]

const comingBack = createRoute({ getParentRoute: () => root, path: "/signed-in", component: ComingBack })

export const router = createRouter({
  routeTree: root.addChildren([frame.addChildren(screens), comingBack]),
  // Not `basepath`: it would call the first screen `/admin/`, which the edge does not know.
  rewrite: {
    input: ({ url }) => {
      url.pathname = url.pathname.replace(/^\/admin(?=\/|$)/, "") || "/"
      return url
    },
    output: ({ url }) => {
      url.pathname = url.pathname === "/" ? "/admin" : `/admin${url.pathname}`
      return url
    }
  },
  parseSearch,
  stringifySearch,
  defaultPreload: "intent",
  defaultErrorComponent: Crash,
  defaultPendingMs: 0,
  scrollRestoration: true
})
