import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react"
import type { ManagedGame } from "../../../games/ManagedGame.ts"
import type { ManagedPage } from "../../../pages/GamePage.ts"
import { useAction } from "../Client.ts"
import { useWords } from "../Speech.tsx"
import { Button, ButtonLink } from "../ui/Button.tsx"
import { FaultNote } from "../ui/Fault.tsx"
import { Bone } from "../ui/Skeleton.tsx"
import { fill } from "../words/Words.ts"

const sizes = { phone: [390, 720], desktop: [1280, 800] } as const

type Size = keyof typeof sizes

/** Its width, followed. */
const useWidth = () => {
  const place = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(0)
  useLayoutEffect(() => {
    const element = place.current
    if (element === null) return
    const measure = () => setWidth(element.clientWidth)
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  return [place, width] as const
}

/** The page as it is stored, as wide as on a phone or on a desk, made smaller to fit. It is loaded again after each save. */
export const Preview = (props: {
  readonly game: ManagedGame
  readonly page: ManagedPage
  readonly language: string
  readonly isDirty: boolean
}) => {
  const words = useWords()
  const text = words.games.look
  const { game, language, page } = props
  const [size, setSize] = useState<Size>("phone")
  const [address, setAddress] = useState<string>()
  const [place, room] = useWidth()
  const make = useAction((client, slug: ManagedGame["slug"]) => client.pages.preview({ params: { slug } }), [])
  const { run } = make
  const load = useCallback(async () => {
    const end = await run(game.slug)
    if (end.isDone) setAddress(end.value.path)
  }, [run, game.slug])
  // A link works for an hour, and a page that was saved is asked for again: both by a new link.
  useEffect(() => {
    void load()
  }, [load, page.version, game.version])
  const [width, height] = sizes[size]
  const scale = room === 0 ? 1 : Math.min(1, room / width)
  const shown = address === undefined ? undefined : `${address}&lang=${encodeURIComponent(language)}`
  return (
    <section className="card form preview" aria-labelledby="look-preview">
      <div className="preview-head">
        <h2 id="look-preview">{text.preview}</h2>
        <div className="segments" role="group" aria-label={text.preview}>
          {(["phone", "desktop"] as const).map((one) => (
            <button key={one} type="button" aria-pressed={size === one} onClick={() => setSize(one)}>
              {text[one]}
            </button>
          ))}
        </div>
      </div>
      <div ref={place} className="preview-room">
        <div
          className={`preview-page ${size}`}
          style={{ inlineSize: width * scale, blockSize: height * scale }}
          aria-busy={make.isWaiting}
        >
          {shown === undefined ? (
            make.cause === undefined ? (
              <Bone width="100%" height={height * scale} />
            ) : null
          ) : (
            <iframe
              key={shown}
              src={shown}
              title={fill(text.previewTitle, { game: game.title })}
              style={{ inlineSize: width, blockSize: height, scale: String(scale) }}
            />
          )}
        </div>
      </div>
      {make.cause === undefined ? null : <FaultNote cause={make.cause} />}
      <p className="quiet small">{props.isDirty ? text.previewSave : text.previewLead}</p>
      <div className="row">
        <Button icon="reset" isSmall isWaiting={make.isWaiting} onClick={() => void load()}>
          {text.previewAgain}
        </Button>
        {shown === undefined ? null : (
          <ButtonLink icon="external" isSmall href={shown} target="_blank" rel="noreferrer">
            {text.previewLink}
          </ButtonLink>
        )}
      </div>
    </section>
  )
}
