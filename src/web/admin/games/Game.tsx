import { useParams } from "@tanstack/react-router"
import { lazy, Suspense } from "react"
import type { ManagedGame } from "../../../games/ManagedGame.ts"
import { Client, nothing, useQuery } from "../Client.ts"
import { useMay } from "../Identity.tsx"
import { useLive } from "../LiveStream.ts"
import { useFilters } from "../Navigation.tsx"
import { NotFound, Screen } from "../Screen.tsx"
import { game as readGame, oneOf, type Raw } from "../Search.ts"
import { useWords } from "../Speech.tsx"
import { Badge } from "../ui/Badge.tsx"
import { ButtonLink } from "../ui/Button.tsx"
import { Loaded } from "../ui/Loaded.tsx"
import { Bone } from "../ui/Skeleton.tsx"
import { Tabs } from "../ui/Tabs.tsx"
import { Duplicate, OpenOrClose } from "./GameDeeds.tsx"
import { GameSettings } from "./GameSettings.tsx"
import { GameWhen } from "./GameWhen.tsx"
import { StateBadge } from "./StateBadge.tsx"
import "./games.css"

const tabs = ["settings", "look", "embed", "statistics"] as const

const read = (raw: Raw) => ({ tab: oneOf(tabs, raw["tab"]) ?? "settings" })

const Look = lazy(async () => ({ default: (await import("./Look.tsx")).Look }))
const Embed = lazy(async () => ({ default: (await import("./Embed.tsx")).Embed }))
const GameStatistics = lazy(async () => ({ default: (await import("./GameStatistics.tsx")).GameStatistics }))

const Loading = () => (
  <div className="forms" role="status" aria-label={useWords().shell.loading}>
    {[130, 220, 150].map((height) => (
      <div key={height} className="card">
        <Bone width="100%" height={height} />
      </div>
    ))}
  </div>
)

/** How the game's page is set up; nothing where the module is off. */
const usePage = (game: ManagedGame | undefined) =>
  useQuery(
    game === undefined
      ? nothing
      : Client.query("pages", "settings", { params: { slug: game.slug }, reactivityKeys: ["pages"] })
  )

const Lead = ({ game, isDraft }: { readonly game: ManagedGame; readonly isDraft: boolean }) => {
  const words = useWords().games
  return (
    <span className="game-lead">
      <StateBadge state={game.state} />
      {isDraft ? <Badge tone="gold">{words.draft}</Badge> : null}
      <code dir="ltr">{game.slug}</code>
      <span>
        <GameWhen game={game} />
      </span>
    </span>
  )
}

const Known = ({ slug }: { readonly slug: ManagedGame["slug"] }) => {
  const words = useWords().games
  const may = useMay()
  const [{ tab }] = useFilters(read)
  // What others change is shown at once, and told where there are changes that are not saved.
  useLive("games", "games")
  useLive("games", "pages")
  const query = useQuery(
    may("games:read") ? Client.query("games", "get", { params: { slug }, reactivityKeys: ["games"] }) : nothing
  )
  // Whoever may not see all facts of a game does not see this screen either.
  const game = query.value !== undefined && "version" in query.value ? query.value : undefined
  const page = usePage(game)
  const isWritable = game !== undefined && game.state !== "archived" && may("games:write")
  return (
    <Screen
      title={game?.title ?? slug}
      lead={game === undefined ? undefined : <Lead game={game} isDraft={page.value?.page.isDraft === true} />}
      needs="games:read"
      actions={
        game === undefined ? undefined : (
          <>
            <ButtonLink icon="external" href={`/play/${slug}`} target="_blank" rel="noreferrer">
              {words.view}
            </ButtonLink>
            {may("games:write") ? <Duplicate game={game} /> : null}
            {isWritable ? <OpenOrClose game={game} /> : null}
          </>
        )
      }
    >
      <Tabs
        label={words.tabs.label}
        value={tab}
        tabs={tabs
          .filter((value) => value !== "statistics" || may("statistics:read"))
          .map((value) => ({ value, label: words.tabs[value] }))}
      />
      <Loaded query={query} skeleton={<Loading />}>
        {() =>
          game === undefined ? null : (
            <Suspense fallback={<Loading />}>
              {tab === "settings" ? (
                <GameSettings game={game} onBehind={query.retry} />
              ) : tab === "statistics" ? (
                <GameStatistics game={game} />
              ) : (
                <Loaded query={page} skeleton={<Loading />}>
                  {(value) =>
                    tab === "look" ? (
                      <Look game={game} page={value} onBehind={page.retry} />
                    ) : (
                      <Embed game={game} page={value} onBehind={page.retry} />
                    )
                  }
                </Loaded>
              )}
            </Suspense>
          )
        }
      </Loaded>
    </Screen>
  )
}

/** One game: its settings, how it looks, how it gets onto a page, and how it goes. */
export const Game = () => {
  const params: Readonly<Record<string, string | undefined>> = useParams({ strict: false })
  const slug = readGame(params["slug"])
  // Another game begins with fields of its own.
  return slug === undefined ? <NotFound /> : <Known key={slug} slug={slug} />
}
