import { Schema } from "effect"
import { Slug } from "../games/Game.ts"
import * as Moment from "../platform/contract/Moment.ts"
import { mechanics } from "./GamePage.ts"

/** A game's page as visitors get it, in one language. No weight and no chance is in it. Clients load this file. */

const text = (description: string, example: string) => Schema.String.annotate({ description, examples: [example] })

const own = (description: string, example: string) => text(`${description} Empty: the page's own words.`, example)

const id = text("Its id.", "coffee")

export const PageState = Schema.Literals(["draft", "scheduled", "open", "closed"]).annotate({
  description:
    "`draft`: shown by a preview link only. `scheduled`: it opens later. `open`: it takes plays. `closed`: its end has passed.",
  examples: ["open"]
})
export type PageState = typeof PageState.Type

const url = (description: string) =>
  Schema.NullOr(Schema.String).annotate({ description: `${description}; null: none.`, examples: [null] })

export const PublicPage = Schema.Struct({
  slug: Slug,
  title: text("The game's name for people.", "Wheel of fortune"),
  version: Schema.Int.annotate({
    description: "Grows with each change of the page or the game.",
    examples: [3]
  }),
  state: PageState,
  opensAt: Moment.toClientOrNull(
    "Plays are taken from this moment on; null: from the start.",
    "2026-11-01T08:00:00.000Z"
  ),
  closesAt: Moment.toClientOrNull("Plays are taken before this moment; null: without end.", "2026-12-24T12:00:00.000Z"),
  language: text("The language of this answer.", "en"),
  direction: Schema.Literals(["ltr", "rtl"]).annotate({
    description: "The direction that it is written in.",
    examples: ["ltr"]
  }),
  languages: Schema.Array(Schema.String).annotate({
    description: "The languages that the page has.",
    examples: [["en", "de"]]
  }),
  mechanic: Schema.Literals(mechanics).annotate({ description: "What is played.", examples: ["wheel"] }),
  segments: Schema.Array(
    Schema.Struct({
      id,
      title: text("What it says.", "Free coffee"),
      colour: Schema.optionalKey(text("Colour of the slice. Left out: the theme's.", "#b3123f"))
    }).annotate({ identifier: "PublicSegment", description: "What may come of a play." })
  ).annotate({ description: "What may come of a play. Which it is comes with the answer to the play." }),
  questions: Schema.Array(
    Schema.Struct({
      id,
      text: text("The question.", "Where does coffee come from?"),
      options: Schema.Array(
        Schema.Struct({ id, text: text("What it says.", "Ethiopia") }).annotate({
          identifier: "PublicOption",
          description: "An answer to choose."
        })
      ).annotate({ description: "The answers to choose from." }),
      right: text("The id of the right option: the page counts the score.", "ethiopia")
    }).annotate({ identifier: "PublicQuestion", description: "A question of the quiz." })
  ).annotate({ description: "The questions of a quiz." }),
  settings: Schema.Struct({
    pairs: Schema.optionalKey(Schema.Int.annotate({ description: "Memory: pairs of cards.", examples: [6] })),
    seconds: Schema.optionalKey(Schema.Int.annotate({ description: "Catch: seconds to play.", examples: [20] }))
  }).annotate({ identifier: "PublicMechanicSettings", description: "What belongs to one mechanic only." }),
  theme: Schema.Struct({
    accent: text("Of buttons.", "#b3123f"),
    onAccent: text("Of text on buttons.", "#ffffff"),
    gold: text("The second colour.", "#ffd166"),
    paper: text("Of the card.", "#fffaf3"),
    ink: text("Of text on the card.", "#231a1f"),
    radius: Schema.Int.annotate({ description: "Of the card's corners, in pixels.", examples: [18] }),
    logo: url("The logo's URL"),
    picture: url("The picture's URL")
  }).annotate({ identifier: "PublicTheme", description: "How the page looks." }),
  texts: Schema.Struct({
    heading: own("The heading.", "Spin for a treat"),
    lead: own("What stands below it.", "One spin a day, until Christmas."),
    button: own("The button that plays.", "Spin"),
    won: own("For whoever wins.", "Show this at the counter."),
    lost: own("For whoever does not.", "Come back tomorrow!"),
    thanks: Schema.Struct({
      new: own("For whoever plays for the first time.", "Welcome!"),
      returning: own("For whoever plays again, or was known to the ESP before.", "Nice to see you again."),
      nth: own("The same, with the number of plays in place of `{n}`.", "Your {n}. spin!")
    }).annotate({ identifier: "PublicThanks", description: "Thanks by who came." })
  }).annotate({ identifier: "PublicTexts", description: "The brand's own texts in this language." }),
  consent: Schema.NullOr(
    Schema.Struct({
      text: text("What is agreed to.", "I agree to receive news and offers by email."),
      version: text("Goes into the play's `consent.textVersion`.", "3f9a1c20"),
      required: Schema.Boolean.annotate({ description: "Whether nobody plays without it.", examples: [false] })
    }).annotate({ identifier: "PublicConsent", description: "The consent that is asked for." })
  ).annotate({ description: "The consent that is asked for, by a box that is not ticked; null: none." }),
  name: Schema.Literals(["none", "optional", "required"]).annotate({
    description: "Whether the form asks for a name.",
    examples: ["none"]
  }),
  words: Schema.NullOr(
    Schema.Record(Schema.String, Schema.String).annotate({
      description: "Words by key; plurals as `key.category`.",
      examples: [{ email: "E-Mail" }]
    })
  ).annotate({
    description:
      "The words of the page in a language that the widget does not carry (all but en and ru), or the game's own; null: none."
  })
}).annotate({ identifier: "PublicPage", description: "A game's page in one language, for visitors." })
export type PublicPage = typeof PublicPage.Type
