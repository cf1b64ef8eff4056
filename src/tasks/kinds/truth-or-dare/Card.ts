import { Schema } from "effect"
import { plainText } from "../../../platform/contract/PlainText.ts"

export const CardType = Schema.Literals(["truth", "dare"]).annotate({
  description: "A question to be answered truthfully, or something to be done.",
  examples: ["dare"]
})
export const Language = Schema.Literals(["en", "ru"]).annotate({
  description: "The card's language: English or Russian.",
  examples: ["en"]
})
export const Mood = Schema.Literals(["calm", "funny", "bold"]).annotate({
  description: "What the card should be like.",
  examples: ["funny"]
})
export type Mood = typeof Mood.Type
export const AgeGroup = Schema.Literals(["kids", "teens", "adults"]).annotate({
  description: "The youngest who play: `kids` up to 12, `teens` up to 17.",
  examples: ["teens"]
})
export type AgeGroup = typeof AgeGroup.Type

const PlayerName = plainText(40, { description: "A name of 1 to 40 characters, on one line.", examples: ["Nora"] })

export const Input = Schema.Struct({
  type: CardType,
  language: Language,
  mood: Mood,
  ageGroup: AgeGroup,
  players: Schema.Array(PlayerName)
    .check(Schema.isMinLength(1), Schema.isMaxLength(12))
    .annotate({ description: "Who plays: 1 to 12 names.", examples: [["Nora", "Emil"]] })
}).annotate({
  identifier: "TruthOrDareInput",
  message: "Expected an object",
  description: "What card is wanted, and for whom."
})
export type Input = typeof Input.Type

/** The longest text of a card in characters, including names. */
const longestText = 400

export const Card = Schema.Struct({
  text: Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(longestText)).annotate({
    description: "What is asked or to be done, with names as they were given: plain text, not HTML.",
    examples: ["Walk across the room like a penguin that is late for school."]
  }),
  type: CardType,
  language: Language,
  mood: Mood,
  ageGroup: AgeGroup,
  player: Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(40)).annotate({
    description: "Whose turn it is: one of the players.",
    examples: ["Nora"]
  }),
  source: Schema.Literals(["deck", "http", "llm"]).annotate({
    description: "Where the card is from: the built-in deck, an integration, or a language model.",
    examples: ["deck"]
  })
}).annotate({ identifier: "TruthOrDareCard", description: "A card." })
export type Card = typeof Card.Type

/** The failures of tasks of this kind when a language model writes the cards. */
export const llmErrors = {
  "llm-refused": "The language model refused to write the card.",
  "llm-filtered": "The language model's provider kept the card back.",
  "llm-unfit": "The language model wrote no card that can be used, twice."
} as const
