import type { ReactNode } from "react"
import { useFormat, useWords } from "../Speech.tsx"
import { Button } from "../ui/Button.tsx"
import { Icon } from "../ui/Icons.tsx"

/** Takes the focus to the first field that is wrong, once the errors stand there. */
export const focusWrong = (form: HTMLElement | null): void => {
  requestAnimationFrame(() => form?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus())
}

/** A part of a form, with what it is about. */
export const Part = (props: {
  readonly id: string
  readonly title: string
  readonly lead?: ReactNode
  readonly children: ReactNode
}) => (
  <section className="card form" aria-labelledby={`part-${props.id}`}>
    <div>
      <h2 id={`part-${props.id}`}>{props.title}</h2>
      {props.lead === undefined ? null : <p className="quiet small">{props.lead}</p>}
    </div>
    {props.children}
  </section>
)

/** For as long as something is not saved: it stays in sight. */
export const SaveBar = (props: {
  readonly isWaiting: boolean
  readonly wrong: number
  readonly onReset: () => void
}) => {
  const words = useWords().games.form
  const format = useFormat()
  const { wrong } = props
  return (
    <div className="save-bar">
      <p role="status" className={wrong > 0 ? "save-wrong" : "quiet"}>
        {wrong > 0 ? <Icon name="warning" /> : null}
        {wrong > 0 ? format.plural(words.wrong, wrong) : words.unsaved}
      </p>
      <div className="row">
        <Button onClick={props.onReset}>{words.reset}</Button>
        <Button look="main" type="submit" isWaiting={props.isWaiting}>
          {words.save}
        </Button>
      </div>
    </div>
  )
}
