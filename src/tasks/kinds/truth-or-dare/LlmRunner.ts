import { Effect, Option, Schema } from "effect"
import { TaskFailure } from "../../TaskErrors.ts"
import type { Run } from "../../TaskKind.ts"
import { type Card, type Input, llmErrors } from "./Card.ts"
import { cast, withNames } from "./Draw.ts"
import * as LanguageModel from "./LanguageModel.ts"
import { faultOf, longest } from "./Wording.ts"

/** The model decides only the text. The runner sets the player and all other fields of the card. */
const Written = Schema.Struct({ text: Schema.String })

const decodeWritten = Schema.decodeUnknownOption(Schema.fromJsonString(Written), { onExcessProperty: "error" })

const schema = {
  name: "card",
  schema: {
    type: "object",
    properties: { text: { type: "string", description: `The text of the card, at most ${longest} characters.` } },
    required: ["text"],
    additionalProperties: false
  }
}

/** Topics that vary the cards. The task's id chooses one, so repeated attempts of a task have the same topic. */
const topics = [
  "animals",
  "food",
  "music",
  "films and stories",
  "travel",
  "home",
  "friendship",
  "weather and seasons",
  "sports",
  "dreams and plans",
  "memories",
  "clothes",
  "inventions",
  "languages and words",
  "holidays",
  "nature"
] as const

const system = `You write cards for the party game "truth or dare", which a shop offers its customers. You are given what is wanted as JSON, and answer with one card as JSON: {"text": "..."}.

- "truth" is a question about the player, "dare" is something to do on the spot, in less than two minutes, with nothing but what is at hand.
- One or two sentences, at most ${longest} characters, on one line, plain text.
- In the language that is wanted: natural, correct, as a native speaker says it.
- Where the card addresses the player by name, write {player}. Where another player takes part, write {other}, but only if there are several players. Each of the two at most once. You do not know the names, and invent none.
- The placeholders stand for names as they are, of any gender: use them only where the name needs no ending (in Russian: the nominative), and let nothing in the sentence depend on the gender of any person.
- "mood": calm is thoughtful and gentle, funny is silly, bold takes some courage.
- "ageGroup" is the youngest who play: kids up to 12, teens up to 17, adults. Fit for that age, for any company, and for a brand: nothing sexual, violent, dangerous, illegal, hurtful, political or religious, no alcohol, tobacco, drugs or gambling, no private data, no strangers, no links.`

const wanted = ({ ageGroup, language, mood, players, type }: Input, taskId: string): string =>
  JSON.stringify({
    type,
    language: language === "en" ? "English" : "Russian",
    mood,
    ageGroup,
    players: players.length,
    topic: topics[Number.parseInt(taskId.slice(-4), 16) % topics.length] ?? topics[0]
  })

/** Removes the code block that some models wrap JSON in. */
const unwrapped = (text: string): string => {
  const inner = text.trim().replace(/^```(?:json)?/, "")
  return inner.endsWith("```") ? inner.slice(0, -3) : inner
}

const judge = (reply: LanguageModel.Reply, input: Input): { readonly text: string } | { readonly fault: string } => {
  if (reply.isCut) return { fault: "the answer was longer than allowed" }
  const written = decodeWritten(unwrapped(reply.text))
  if (Option.isNone(written)) return { fault: `the answer is not JSON of the form {"text": "..."}` }
  const text = written.value.text.trim()
  const fault = faultOf(text, input)
  return fault === undefined ? { text } : { fault }
}

/**
 * Lets a language model write the card. The players' names are inserted afterwards and never reach the model, so a name
 * cannot contain instructions for it. If the card is unfit, the model gets the reason and one more try; after that the
 * task fails with `llm-unfit`.
 */
export const llmRunner = Effect.gen(function* () {
  const { ask, countReply } = yield* LanguageModel.make

  const run: Run<Input, Card> = Effect.fn("LlmRunner.run")(function* ({ input, taskId }) {
    const played = cast(taskId, input.players)
    const first: ReadonlyArray<LanguageModel.Message> = [
      { role: "system", content: system },
      { role: "user", content: wanted(input, taskId) }
    ]
    let messages = first
    for (let attempt = 1; attempt <= 2; attempt++) {
      const reply = yield* ask({ messages, schema, idempotencyKey: `${taskId}-${attempt}` })
      const judged = judge(reply, input)
      if ("text" in judged) {
        yield* countReply("fit")
        const { ageGroup, language, mood, type } = input
        const text = withNames(judged.text, played)
        return { text, type, language, mood, ageGroup, player: played.player, source: "llm" as const }
      }
      yield* countReply("unfit")
      yield* Effect.logInfo("The language model's card does not fit", { fault: judged.fault, attempt })
      messages = [
        ...first,
        // Some endpoints refuse empty messages.
        ...(reply.text === "" ? [] : [{ role: "assistant" as const, content: reply.text.slice(0, 2 * longest) }]),
        { role: "user", content: `This card cannot be used: ${judged.fault}. Write another one.` }
      ]
    }
    return yield* TaskFailure.final("llm-unfit", llmErrors["llm-unfit"])
  })

  return run
})
