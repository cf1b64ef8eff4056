import { Schema } from "effect"
import { Problem } from "../platform/contract/Problem.ts"
import { leastContrast } from "./Colour.ts"

/** 404: the game's page is a draft, and the request has no preview token that works. */
export class PageNotPublished extends Problem<PageNotPublished>()("PageNotPublished", {
  name: "page-not-published",
  status: 404,
  title: "The game's page is not published",
  explanation:
    "The page of the game is a draft. Whoever manages it makes a preview link at `POST /api/v1/games/{slug}/page/preview`, which works for an hour; or the link has expired."
}) {}

/** 422: text would be hard to read. */
export class ContrastTooLow extends Problem<ContrastTooLow>()(
  "ContrastTooLow",
  {
    name: "contrast-too-low",
    status: 422,
    title: "The text would be hard to read",
    explanation: `The colours of \`text\` and \`ground\` in the theme are too close: their contrast is \`ratio\`, and it must be at least ${leastContrast} (WCAG 2.2, success criterion 1.4.3). Nothing was stored: make one of them darker or lighter.`
  },
  {
    text: Schema.String.annotate({
      description: "The name of the text's colour in the theme.",
      examples: ["onAccent"]
    }),
    ground: Schema.String.annotate({ description: "The name of the colour behind it.", examples: ["accent"] }),
    ratio: Schema.Finite.annotate({ description: "Their contrast, from 1 to 21.", examples: [2.31] })
  }
) {
  override get message(): string {
    return `The contrast of ${this.text} on ${this.ground} is ${this.ratio}; it must be at least ${leastContrast}.`
  }
}
