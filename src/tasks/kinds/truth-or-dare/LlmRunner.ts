import { Effect, Option, Schema } from "effect"
import { TaskFailure } from "../../TaskErrors.ts"
import type { Run } from "../../TaskKind.ts"
import { type Card, type Input, llmErrors } from "./Card.ts"
import { cast, weave } from "./Draw.ts"
import * as LanguageModel from "./LanguageModel.ts"
import { faultOf, longest } from "./Wording.ts"

/** All that the model decides. Whose card it is, and everything else of it, is none of its business. */
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

/** A task always has the same one, and different tasks have different ones: cards that repeat are no fun. */
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

/** Models wrap JSON in a code block although they are told not to. */
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
 * Has a language model write the card. The names of the players are put in afterwards: they never reach the model, so
 * nothing that stands in one can instruct it. A card that does not fit is sent back once, with the reason; the second
 * makes `llm-unfit`.
 */
export const llmRunner = Effect.gen(function* () {
  const { ask, came } = yield* LanguageModel.make

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
        yield* came("fit")
        const { ageGroup, language, mood, type } = input
        const text = weave(judged.text, played)
        return { text, type, language, mood, ageGroup, player: played.player, source: "llm" as const }
      }
      yield* came("unfit")
      yield* Effect.logInfo("The language model's card does not fit", { fault: judged.fault, attempt })
      messages = [
        ...first,
        // Some endpoints refuse a message without content.
        ...(reply.text === "" ? [] : [{ role: "assistant" as const, content: reply.text.slice(0, 2 * longest) }]),
        { role: "user", content: `This card cannot be used: ${judged.fault}. Write another one.` }
      ]
    }
    return yield* TaskFailure.final("llm-unfit", llmErrors["llm-unfit"])
  })

  return run
})
