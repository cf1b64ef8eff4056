import { Schema } from "effect"
import { Slug } from "../games/Game.ts"
import * as Moment from "../platform/contract/Moment.ts"
import { plainText } from "../platform/contract/PlainText.ts"
import { isColour, sixDigits } from "./Colour.ts"
import { wellFormed } from "./Languages.ts"

/** What a game's page is made of, as staff write it. Clients load this file, so it imports no server code. */

const line = (maximum: number, example: string) =>
  plainText(maximum, { description: `One line of at most ${maximum} characters.`, examples: [example] })

const Id = Schema.String.check(Schema.isPattern(/^[a-z0-9](?:-?[a-z0-9])*$/u), Schema.isMaxLength(40)).annotate({
  description: "A name of your own: lower-case letters, digits and single hyphens, at most 40 characters.",
  examples: ["coffee"]
})

export const Language = Schema.String.check(
  Schema.isPattern(wellFormed, { message: "Expected a BCP 47 tag such as en or pt-BR" }),
  Schema.isMaxLength(35)
).annotate({ description: "BCP 47 tag of a language.", examples: ["en"] })

const localised = (maximum: number, example: string) =>
  Schema.Record(Schema.String, line(maximum, example)).annotate({
    description: `The text by language, at most ${maximum} characters each. In a language of the page that is missing here, it is shown in the first of \`languages\` that is not.`,
    examples: [{ en: example }]
  })

const colour = (description: string, example: string) =>
  Schema.String.annotate({ description: `${description} As \`#rrggbb\` or \`#rgb\`.`, examples: [example] }).check(
    Schema.makeFilter((text: string) => isColour(text) || "Expected a colour such as #b3123f")
  )

export const mechanics = ["wheel", "scratch", "quiz", "memory", "catch"] as const

export const Mechanic = Schema.Literals(mechanics).annotate({
  description:
    "What is played. `wheel` and `scratch`: luck, and the prize comes with the answer. `quiz`, `memory` and `catch`: skill first, then the address; they send a `score`.",
  examples: ["wheel"]
})
export type Mechanic = typeof Mechanic.Type

const mostWeight = 1_000_000

const Segment = Schema.Struct({
  id: Id,
  title: localised(100, "Free coffee"),
  colour: Schema.optionalKey(
    Schema.NullOr(colour("Of the slice.", "#b3123f")).annotate({
      description: "Colour of the slice; null: the theme's."
    })
  ),
  weight: Schema.optionalKey(
    Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: mostWeight })).annotate({
      description:
        "How often it comes, beside the others' weights: of 1 and 3, one play in four. 0, or left out: never. No visitor ever sees it.",
      examples: [1]
    })
  ),
  isWin: Schema.optionalKey(
    Schema.Boolean.annotate({ description: "Whether it is a win. Left out: it is none.", examples: [true] })
  )
}).annotate({
  identifier: "PageSegment",
  description: "What may come of a play: a slice of the wheel, or what is below the paper."
})

const Question = Schema.Struct({
  id: Id,
  text: localised(300, "Where does coffee come from?"),
  options: Schema.Array(
    Schema.Struct({ id: Id, text: localised(150, "Ethiopia") }).annotate({
      identifier: "PageOption",
      description: "An answer to choose."
    })
  )
    .check(Schema.isMinLength(2), Schema.isMaxLength(6))
    .annotate({
      description: "The answers to choose from, 2 to 6.",
      examples: [
        [
          { id: "ethiopia", text: { en: "Ethiopia" } },
          { id: "brazil", text: { en: "Brazil" } }
        ]
      ]
    }),
  right: Id.annotate({ description: "The id of the right option.", examples: ["ethiopia"] })
}).annotate({ identifier: "PageQuestion", description: "A question of the quiz." })

const MechanicSettings = Schema.Struct({
  pairs: Schema.optionalKey(
    Schema.Int.check(Schema.isBetween({ minimum: 3, maximum: 10 })).annotate({
      description: "Memory: pairs of cards, 3 to 10. Left out: 6.",
      examples: [6]
    })
  ),
  seconds: Schema.optionalKey(
    Schema.Int.check(Schema.isBetween({ minimum: 10, maximum: 60 })).annotate({
      description: "Catch: seconds to play, 10 to 60. Left out: 20.",
      examples: [20]
    })
  )
}).annotate({ identifier: "PageMechanicSettings", description: "What belongs to one mechanic only." })

const picture = (what: string) =>
  Schema.NullOr(
    Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(500)).annotate({
      description: "A URL with https, or a path of this service.",
      examples: ["https://cdn.brand.example/logo.svg"]
    })
  ).annotate({
    description: `${what}: a path of this service, or a URL of an origin in \`PICTURE_ORIGINS\`; null: none.`,
    examples: [null]
  })

const themeFields = {
  accent: colour("Of buttons and of what stands out.", "#b3123f"),
  onAccent: colour("Of text on `accent`. The contrast of the two is at least 4.5.", "#ffffff"),
  gold: colour("The second colour, for rims and confetti.", "#ffd166"),
  paper: colour("Of the card.", "#fffaf3"),
  ink: colour("Of text on `paper`. The contrast of the two is at least 4.5.", "#231a1f"),
  radius: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 40 })).annotate({
    description: "Of the card's corners, in pixels.",
    examples: [18]
  }),
  logo: picture("A logo above the heading"),
  picture: picture("A picture behind or beside the game")
}

const Theme = Schema.Struct(themeFields).annotate({ identifier: "PageTheme", description: "How the page looks." })
export type Theme = typeof Theme.Type

/** Each may be left out. */
const SentTheme = Schema.Struct({
  accent: Schema.optionalKey(themeFields.accent),
  onAccent: Schema.optionalKey(themeFields.onAccent),
  gold: Schema.optionalKey(themeFields.gold),
  paper: Schema.optionalKey(themeFields.paper),
  ink: Schema.optionalKey(themeFields.ink),
  radius: Schema.optionalKey(themeFields.radius),
  logo: Schema.optionalKey(themeFields.logo),
  picture: Schema.optionalKey(themeFields.picture)
}).annotate({
  identifier: "SentPageTheme",
  description: "How the page looks. What is left out is as the service looks itself."
})

const text = (maximum: number, description: string, example: string) =>
  Schema.optionalKey(
    plainText(maximum, { description: `${description} At most ${maximum} characters.`, examples: [example] })
  )

const Texts = Schema.Struct({
  heading: text(150, "The heading.", "Spin for a treat"),
  lead: text(500, "What stands below it.", "One spin a day, until Christmas."),
  button: text(60, "The button that plays.", "Spin"),
  won: text(300, "What is said to whoever wins.", "Show this at the counter."),
  lost: text(300, "What is said to whoever does not.", "Come back tomorrow!"),
  thanksNew: text(300, "What is said to whoever plays for the first time.", "Welcome!"),
  thanksReturning: text(
    300,
    "What is said to whoever plays again, or plays for the first time and was known to the ESP before.",
    "Nice to see you again."
  ),
  thanksNth: text(
    300,
    "What is said to whoever plays again, with the number of plays in place of `{n}`, instead of `thanksReturning`.",
    "Your {n}. spin!"
  ),
  words: Schema.optionalKey(
    Schema.Record(Schema.String, line(300, "Email")).annotate({
      description:
        "The game's own words for what the page says otherwise, by the keys of docs/pages.md, such as `email` or `nthThanks.few`. For languages that the page does not speak (it speaks en, ru, de, es, fr and ar), and to say something differently.",
      examples: [{ email: "Your email" }]
    })
  )
}).annotate({
  identifier: "PageTexts",
  description: "The brand's own texts in one language. What is left out is said in the page's own words."
})
export type Texts = typeof Texts.Type

const Consent = Schema.Struct({
  text: localised(2000, "I agree to receive news and offers by email."),
  isRequired: Schema.Boolean.annotate({
    description:
      "Whether nobody plays without it. In the European Union a consent that must be given is often none: ask counsel.",
    examples: [false]
  })
}).annotate({ identifier: "PageConsent", description: "The consent that the page asks for, with an unticked box." })

const EmbedOrigin = Schema.String.annotate({
  description: "The origin of a page, such as `https://shop.example`, or `*` for every page.",
  examples: ["https://shop.example"]
}).check(
  Schema.isMaxLength(255),
  Schema.makeFilter(
    (text: string) => originOf(text) !== undefined || "Expected an origin such as https://shop.example, or *"
  )
)

/** An origin as browsers send it; undefined: the text is none. Hosts with a `;` or a `,` are none: a policy ends at these. */
export const originOf = (text: string): string | undefined => {
  if (text === "*") return text
  const url = URL.parse(text)
  return url !== null && url.origin === text.toLowerCase() && /^https?:\/\/[\w.:[\]-]+$/.test(url.origin)
    ? url.origin
    : undefined
}

const fields = {
  mechanic: Mechanic,
  languages: Schema.Array(Language)
    .check(Schema.isMinLength(1), Schema.isMaxLength(20))
    .annotate({
      description: "The languages that the page has texts in. The first is shown to visitors who want none of them.",
      examples: [["en", "de"]]
    }),
  segments: Schema.Array(Segment).check(Schema.isMaxLength(24)).annotate({
    description:
      "What may come: 2 to 24 for `wheel` and `scratch`, with any mechanic if something is to be won. As soon as one has a weight, every play draws one of them."
  }),
  questions: Schema.Array(Question)
    .check(Schema.isMaxLength(50))
    .annotate({ description: "Questions of a quiz: 1 to 50. For the other mechanics none." }),
  settings: MechanicSettings,
  texts: Schema.Record(Schema.String, Texts).annotate({
    description: "The brand's own texts by language.",
    examples: [{ en: { heading: "Spin for a treat" } }]
  }),
  consent: Schema.NullOr(Consent).annotate({ description: "The consent that the page asks for; null: none." }),
  name: Schema.Literals(["none", "optional", "required"]).annotate({
    description: "Whether the form asks for a name.",
    examples: ["none"]
  }),
  embedOrigins: Schema.Array(EmbedOrigin)
    .check(Schema.isMaxLength(100))
    .annotate({
      description:
        "Origins whose pages may have the game in them: by its element, which calls the API, and in a frame. One list for both.",
      examples: [["https://shop.example"]]
    }),
  isDraft: Schema.Boolean.annotate({
    description: "A draft is shown by its preview link only. It takes plays like any other game.",
    examples: [false]
  })
}

/** The body of an edit: the whole of it. */
export const SentPage = Schema.Struct({
  mechanic: fields.mechanic,
  languages: Schema.optionalKey(
    fields.languages.annotate({
      description:
        "The languages that the page has texts in. The first is shown to visitors who want none of them. Left out: English alone.",
      examples: [["en", "de"]]
    })
  ),
  segments: Schema.optionalKey(fields.segments),
  questions: Schema.optionalKey(fields.questions),
  settings: Schema.optionalKey(fields.settings),
  theme: Schema.optionalKey(SentTheme),
  texts: Schema.optionalKey(fields.texts),
  consent: Schema.optionalKey(fields.consent),
  name: Schema.optionalKey(fields.name),
  embedOrigins: Schema.optionalKey(fields.embedOrigins),
  isDraft: Schema.optionalKey(fields.isDraft)
}).annotate({
  identifier: "NewPageSettings",
  description:
    "The whole of a game's page. What is left out is as on a page that was never set up, but for `languages`."
})
export type SentPage = typeof SentPage.Type

/** The page as it is stored and shown to staff. */
export const GamePage = Schema.Struct({ ...fields, theme: Theme }).annotate({
  identifier: "PageSettings",
  description: "All that staff have set of a game's page."
})
export type GamePage = typeof GamePage.Type

export const houseTheme: Theme = {
  accent: "#b3123f",
  onAccent: "#ffffff",
  gold: "#ffd166",
  paper: "#fffaf3",
  ink: "#231a1f",
  radius: 18,
  logo: null,
  picture: null
}

/** Without words, so that they need no language. */
const symbols = ["★", "♥", "♣", "●", "♦", "▲"]

/** The page of a game that was never set up. `languages`: those that there are words of. */
export const plainPage = (languages: ReadonlyArray<string>): GamePage => ({
  mechanic: "wheel",
  languages,
  segments: symbols.map((title, at) => ({ id: `slice-${at + 1}`, title: { [languages[0] ?? "en"]: title } })),
  questions: [],
  settings: {},
  theme: houseTheme,
  texts: {},
  consent: null,
  name: "none",
  embedOrigins: [],
  isDraft: false
})

/** The whole page of what was sent, written in one way. */
export const pageOf = (sent: SentPage): GamePage => {
  const theme = { ...houseTheme, ...sent.theme }
  const plain = plainPage(sent.languages ?? ["en"])
  return {
    mechanic: sent.mechanic,
    languages: sent.languages ?? plain.languages,
    segments: (sent.segments ?? (sent.mechanic === "wheel" ? plain.segments : [])).map((segment) =>
      typeof segment.colour === "string" ? { ...segment, colour: sixDigits(segment.colour) } : segment
    ),
    questions: sent.questions ?? [],
    settings: sent.settings ?? {},
    theme: {
      ...theme,
      accent: sixDigits(theme.accent),
      onAccent: sixDigits(theme.onAccent),
      gold: sixDigits(theme.gold),
      paper: sixDigits(theme.paper),
      ink: sixDigits(theme.ink)
    },
    texts: sent.texts ?? {},
    consent: sent.consent ?? null,
    name: sent.name ?? "none",
    embedOrigins: [...new Set((sent.embedOrigins ?? []).map((origin) => originOf(origin) ?? origin))],
    isDraft: sent.isDraft ?? false
  }
}

/** The answer to whoever manages it. */
export const ManagedPage = Schema.Struct({
  game: Slug,
  page: GamePage,
  isSetUp: Schema.Boolean.annotate({
    description: "False: it was never set up, and this is how it looks without.",
    examples: [true]
  }),
  consentVersions: Schema.Record(Schema.String, Schema.String).annotate({
    description:
      "The version of the consent text by language, which the plays name. It follows from the text: another text has another version, and the same text the same.",
    examples: [{ en: "3f9a1c20" }]
  }),
  version: Schema.Int.annotate({
    description: "1 for a page that was never set up, and incremented by each change. The `ETag` holds it too.",
    examples: [2]
  }),
  updatedAt: Moment.toClientOrNull("When it was changed last, in UTC; null: never.", "2026-11-20T10:00:00.000Z")
}).annotate({ identifier: "ManagedPage", description: "A game's page, for callers with `games:read`." })
export type ManagedPage = typeof ManagedPage.Type

/** What a list of games shows of their pages. */
export const PageList = Schema.Struct({
  items: Schema.Array(
    Schema.Struct({
      game: Slug.annotate({ description: "The game.", examples: ["wheel" as never] }),
      mechanic: Mechanic,
      isDraft: fields.isDraft,
      version: ManagedPage.fields.version
    }).annotate({ identifier: "PageSummary", description: "What a game's page is." })
  ).annotate({ description: "The pages, by the games' slugs." })
}).annotate({ identifier: "PageList", description: "The pages of several games." })
export type PageList = typeof PageList.Type

/** The body of a copy. */
export const PageCopy = Schema.Struct({
  from: Slug.annotate({ description: "The game whose page is copied.", examples: ["wheel" as never] })
}).annotate({ identifier: "PageCopy", description: "Where a page is copied from." })

export const Preview = Schema.Struct({
  path: Schema.String.annotate({
    description: "The path of the page with the token. Whoever has it sees the page as it is stored, draft or not.",
    examples: ["/play/wheel?preview=AVm2…"]
  }),
  token: Schema.String.annotate({
    description: "The token, for `?preview=` of the page's facts.",
    examples: ["AVm2…"]
  }),
  expiresAt: Moment.toClient("When it stops working, in UTC.", "2026-11-20T11:00:00.000Z")
}).annotate({ identifier: "PagePreview", description: "A link to the page for an hour." })

export const steps = ["view", "start", "consent"] as const
export type Step = (typeof steps)[number]

/** What a page tells of a visit. */
export const PageView = Schema.Struct({
  step: Schema.Literals(steps).annotate({
    description: "`view`: the game was shown. `start`: somebody began to play. `consent`: somebody ticked the box.",
    examples: ["view"]
  }),
  origin: Schema.optionalKey(
    Schema.String.check(Schema.isMaxLength(255)).annotate({
      description:
        "The origin of the page that the game is in, where the browser does not send it: a game in a frame. Left out: that of the request.",
      examples: ["https://shop.example"]
    })
  )
}).annotate({ identifier: "PageView", description: "What a page tells of a visit. It names no person." })
export type PageView = typeof PageView.Type
