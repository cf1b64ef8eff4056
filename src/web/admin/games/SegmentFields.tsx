import { textIn } from "../../../pages/Languages.ts"
import { useFormat, useWords } from "../Speech.tsx"
import { Button, IconButton } from "../ui/Button.tsx"
import { errorAt } from "../ui/Checked.ts"
import { Check, TextField } from "../ui/Field.tsx"
import { Icon } from "../ui/Icons.tsx"
import { fill } from "../words/Words.ts"
import { ColourField } from "./ColourField.tsx"
import { Part } from "./Form.tsx"
import type { PageFields } from "./PageFields.ts"
import { newSegment, type Segment, shareOf, withText } from "./PageDraft.ts"

const most = 24

/** `12` → 12; what is no number stays out. */
const weightOf = (text: string): Partial<Segment> => (text.trim() === "" ? {} : { weight: Number(text) })

const SegmentRow = (props: PageFields & { readonly segment: Segment; readonly at: number }) => {
  const { at, change, errors, isDisabled, language, page, segment } = props
  const words = useWords().games.look
  const format = useFormat()
  const path = `segments.${at}`
  const title = textIn(segment.title, [language, ...page.languages])
  const name = title === "" ? fill(words.segment, { number: at + 1 }) : title
  const share = shareOf(segment, page.segments)
  const replace = (next: Segment) =>
    change({ segments: page.segments.map((one, place) => (place === at ? next : one)) })
  const up = () => {
    const before = page.segments[at - 1]
    if (before === undefined) return
    change({
      segments: page.segments.map((one, place) => (place === at ? before : place === at - 1 ? segment : one))
    })
  }
  const hasColour = typeof segment.colour === "string"
  return (
    <li className="item-card">
      <div className="item-line">
        <TextField
          label={fill(words.segment, { number: at + 1 })}
          error={errorAt(errors, `${path}.title`)}
          maxLength={100}
          autoComplete="off"
          lang={language}
          dir="auto"
          disabled={isDisabled}
          placeholder={title}
          value={segment.title[language] ?? ""}
          onChange={(text) => replace({ ...segment, title: withText(segment.title, language, text) })}
        />
        <TextField
          label={words.weight}
          error={errorAt(errors, `${path}.weight`)}
          hint={share === undefined || share === 0 ? words.never : fill(words.share, { share: format.percent(share) })}
          type="number"
          inputMode="numeric"
          min={0}
          max={1_000_000}
          step={1}
          disabled={isDisabled}
          value={segment.weight ?? ""}
          onChange={(text) => {
            const { weight: _, ...rest } = segment
            replace({ ...rest, ...weightOf(text) })
          }}
        />
      </div>
      <div className="item-more">
        <Check
          label={words.isWin}
          isChecked={segment.isWin === true}
          isDisabled={isDisabled}
          onChange={(isWin) => replace({ ...segment, isWin })}
        />
        {page.mechanic === "wheel" ? (
          <Check
            label={words.colourOwn}
            isChecked={hasColour}
            isDisabled={isDisabled}
            onChange={(isOwn) => replace({ ...segment, colour: isOwn ? page.theme.accent : null })}
          />
        ) : null}
        {typeof segment.colour === "string" ? (
          <ColourField
            label={words.colour}
            isLabelHidden
            error={errorAt(errors, `${path}.colour`)}
            isDisabled={isDisabled}
            value={segment.colour}
            onChange={(colour) => replace({ ...segment, colour })}
          />
        ) : null}
        {isDisabled ? null : (
          <span className="item-deeds">
            {at === 0 ? null : (
              <IconButton icon="chevron" isSmall label={fill(words.segmentUp, { title: name })} onClick={up} />
            )}
            <IconButton
              icon="bin"
              isSmall
              label={fill(words.segmentRemove, { title: name })}
              onClick={() => change({ segments: page.segments.filter((_, place) => place !== at) })}
            />
          </span>
        )}
      </div>
    </li>
  )
}

/** What may come of a play, and how often. */
export const SegmentFields = (props: PageFields) => {
  const { change, errors, isDisabled, page } = props
  const words = useWords().games.look
  const isDrawn = page.segments.some(({ weight = 0 }) => weight > 0)
  const isLuck = page.mechanic === "wheel" || page.mechanic === "scratch"
  return (
    <Part id="segments" title={words.segments} lead={words.segmentsLead}>
      {page.segments.length === 0 ? (
        <p className="quiet">{words.segmentsNone}</p>
      ) : (
        <ol className="items">
          {page.segments.map((segment, at) => (
            <SegmentRow key={segment.id} {...props} segment={segment} at={at} />
          ))}
        </ol>
      )}
      {errors["segments"] === undefined ? null : (
        <p className="error" role="alert">
          {errors["segments"]}
        </p>
      )}
      {isLuck && !isDrawn ? (
        <p className="note">
          <Icon name="warning" />
          {words.noWeight}
        </p>
      ) : null}
      {isDisabled || page.segments.length >= most ? null : (
        <div className="row">
          <Button icon="plus" onClick={() => change({ segments: [...page.segments, newSegment(page.segments)] })}>
            {words.segmentAdd}
          </Button>
        </div>
      )}
    </Part>
  )
}
