import { type SubmitEvent, useState } from "react"
import type { ManagedGame } from "../../../games/ManagedGame.ts"
import { type ManagedPage, originOf, type SentPage } from "../../../pages/GamePage.ts"
import { useAction } from "../Client.ts"
import { useMay } from "../Identity.tsx"
import { problemOf } from "../Problem.ts"
import { useWords } from "../Speech.tsx"
import { Button, ButtonLink, IconButton } from "../ui/Button.tsx"
import { Code } from "../ui/Copy.tsx"
import { FaultNote } from "../ui/Fault.tsx"
import { TextField } from "../ui/Field.tsx"
import { Icon } from "../ui/Icons.tsx"
import { QrCode, qrFile } from "../ui/QrCode.tsx"
import { say } from "../ui/Toast.tsx"
import { fill } from "../words/Words.ts"
import { embedLines } from "./EmbedLines.ts"
import { Part } from "./Form.tsx"

interface Props {
  readonly game: ManagedGame
  readonly page: ManagedPage
  /** Asks for the newest version. */
  readonly onBehind: () => void
}

/** Which pages may have the game in them. Each change is saved at once. */
const Origins = ({ game, onBehind, page }: Props) => {
  const words = useWords()
  const text = words.games.embed
  const mayWrite = useMay()("games:write") && game.state !== "archived"
  const [typed, setTyped] = useState("")
  const [error, setError] = useState<string>()
  const origins = page.page.embedOrigins
  const save = useAction(
    (client, embedOrigins: NonNullable<SentPage["embedOrigins"]>) =>
      client.pages.change({
        params: { slug: game.slug },
        headers: { "if-match": page.version },
        payload: { ...page.page, embedOrigins }
      }),
    ["pages"]
  )
  const store = async (next: ReadonlyArray<string>) => {
    const end = await save.run([...next])
    if (end.isDone) say(words.games.form.saved)
    else if (problemOf(end.cause, words).name === "changed-meanwhile") onBehind()
    return end.isDone
  }
  const add = async (event: SubmitEvent) => {
    event.preventDefault()
    // A whole address is what people have at hand.
    const url = URL.parse(typed.trim())
    const origin = originOf(typed.trim()) ?? (url !== null && url.pathname === "/" ? originOf(url.origin) : undefined)
    if (origin === undefined) return setError(text.originWrong)
    if (origins.includes(origin)) return setError(text.originTwice)
    setError(undefined)
    if (await store([...origins, origin])) setTyped("")
  }
  const isBehind = save.cause !== undefined && problemOf(save.cause, words).name === "changed-meanwhile"
  return (
    <Part id="origins" title={text.origins} lead={text.originsLead}>
      {origins.length === 0 ? (
        <p className="quiet">{text.originNone}</p>
      ) : (
        <ul className="lines">
          {origins.map((origin) => (
            <li key={origin}>
              <span className="wrap">
                <code dir="ltr">{origin}</code>
                {origin === "*" ? <span className="quiet"> {text.originAny}</span> : null}
              </span>
              {mayWrite ? (
                <IconButton
                  icon="bin"
                  isSmall
                  label={fill(text.originRemove, { origin })}
                  onClick={() => {
                    const left = origins.filter((one) => one !== origin)
                    void store(left)
                  }}
                />
              ) : null}
            </li>
          ))}
        </ul>
      )}
      {origins.includes("*") ? (
        <p className="note">
          <Icon name="warning" />
          {text.originAnyNote}
        </p>
      ) : null}
      {mayWrite ? (
        <form className="add-line" noValidate onSubmit={(event) => void add(event)}>
          <TextField
            label={text.origin}
            placeholder="https://shop.example"
            error={error}
            dir="ltr"
            inputMode="url"
            autoComplete="off"
            spellCheck={false}
            maxLength={255}
            value={typed}
            onChange={(next) => {
              setTyped(next)
              setError(undefined)
            }}
          />
          <Button type="submit" icon="plus" isWaiting={save.isWaiting}>
            {text.originAdd}
          </Button>
        </form>
      ) : null}
      {save.cause === undefined ? null : isBehind ? (
        <p className="note" role="alert">
          <Icon name="warning" />
          {words.games.behind.title}
        </p>
      ) : (
        <FaultNote cause={save.cause} />
      )}
    </Part>
  )
}

/** How the game gets onto pages: lines to copy, a link, a QR code, and the pages that may. */
export const Embed = ({ game, onBehind, page }: Props) => {
  const words = useWords().games
  const text = words.embed
  const lines = embedLines(location.origin, game)
  return (
    <div className="embed">
      <div className="forms">
        {page.page.isDraft ? (
          <p className="note">
            <Icon name="warning" />
            {text.isDraft}
          </p>
        ) : null}
        {(["element", "frame", "plain"] as const).map((kind) => (
          <Part key={kind} id={kind} title={text[kind]} lead={text[`${kind}Lead`]}>
            <Code label={fill(text.code, { title: text[kind] })} text={lines[kind]} />
          </Part>
        ))}
        <Origins game={game} page={page} onBehind={onBehind} />
      </div>
      <div className="forms">
        <Part id="link" title={text.link} lead={text.linkLead}>
          <Code label={fill(text.code, { title: text.link })} text={lines.link} />
        </Part>
        <Part id="qr" title={text.qr} lead={text.qrLead}>
          <QrCode text={lines.link} label={fill(text.qrAlt, { address: lines.link })} />
          <div className="row">
            <ButtonLink icon="download" href={qrFile(lines.link)} download={`${game.slug}.svg`}>
              {text.qrFile}
            </ButtonLink>
          </div>
        </Part>
      </div>
    </div>
  )
}
