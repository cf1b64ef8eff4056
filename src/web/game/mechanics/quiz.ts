import { el, press } from "../dom.ts"
import type { Question, Skill, Stage } from "../shapes.ts"

export const quiz = ({ page: { questions }, say, sound }: Stage): Skill => {
  const place = el("span")
  const points = el("span")
  const progress = el("progress", { max: questions.length, "aria-hidden": "true" })
  const asked = el("div", { class: "ask" })
  const element = el("div", { class: "pile" }, el("div", { class: "row bar" }, place, points), progress, asked)
  let score = 0

  /** Asks a question, and ends when the player goes on from it. */
  const ask = (number: number, { options: offered, right, text }: Question): Promise<void> =>
    new Promise((resolve) => {
      const heading = el("h3", { tabindex: -1, id: "question" }, text)
      const row = el("div", { class: "row", role: "status" })
      const count = () => {
        points.textContent = say("score", { n: score })
      }
      const options = offered.map(({ id, text: words }) => {
        const isRight = id === right
        const option = press("", words, () => {
          if (row.hasChildNodes()) return
          if (isRight) score++
          for (const [index, each] of options.entries()) {
            const mark = offered[index]?.id === right ? "right" : each === option ? "wrong" : ""
            each.className = mark
            each.ariaDisabled = "true"
            // A sign beside the colour. The row below has the word.
            if (mark) each.append(mark === "right" ? " ✓" : " ✕")
          }
          const next = press("main", say("next"), () => {
            row.remove()
            resolve()
          })
          row.append(el("span", {}, say(isRight ? "right" : "wrong")), next)
          if (isRight) sound.win()
          progress.value = number + 1
          count()
          next.focus()
        })
        return option
      })
      count()
      place.textContent = say("question", { n: number + 1, total: questions.length })
      asked.replaceChildren(
        heading,
        el("div", { class: "options", role: "group", "aria-labelledby": "question" }, ...options),
        row
      )
      heading.focus()
    })

  // The first question shows what the game is about, and cannot be answered yet.
  for (const first of questions.slice(0, 1)) void ask(0, first)
  progress.value = 0
  element.inert = true
  return {
    element,
    play: async () => {
      element.inert = false
      for (const [number, question] of questions.entries()) await ask(number, question)
      element.inert = true
      return score
    }
  }
}
