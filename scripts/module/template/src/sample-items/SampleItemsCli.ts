import { Effect, Layer, Schema } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { Audit } from "../audit/Audit.ts"
import { commandDatabase } from "../platform/cli/CommandDatabase.ts"
import { json } from "../platform/cli/Flags.ts"
import * as Terminal from "../platform/cli/Terminal.ts"
import { type SampleItem, SampleItemFacts, SampleItemId } from "./SampleItem.ts"
import { SampleItems } from "./SampleItems.ts"

const withSampleItems = Effect.provide(
  SampleItems.layer.pipe(Layer.provide(Audit.layer), Layer.provideMerge(commandDatabase()))
)

const id = Argument.String("id").pipe(
  Argument.withDescription("The sample item's id."),
  Argument.withSchema(SampleItemId)
)

const facts = Schema.encodeSync(SampleItemFacts)

const line = ({ id, name, note }: SampleItem) => [id, name, ...(note === null ? [] : [note])].join("  ")

const list = Command.make(
  "list",
  {
    limit: Flag.Int("limit").pipe(
      Flag.withDescription("The maximum number, newest first, 1 to 1000; left out: 25."),
      Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1000 }))),
      Flag.withDefault(25)
    ),
    json
  },
  Effect.fnUntraced(function* ({ json, limit }) {
    const { items } = yield* (yield* SampleItems).list({ limit })
    if (json) return yield* Terminal.print(JSON.stringify(items.map((one) => facts(one))))
    yield* Terminal.print(items.length === 0 ? "There are no sample items yet." : items.map(line))
  }, withSampleItems)
).pipe(Command.withDescription("List sample items."))

const show = Command.make(
  "show",
  { id, json },
  Effect.fnUntraced(function* ({ id, json }) {
    const found = yield* (yield* SampleItems).find(id)
    yield* Terminal.print(json ? JSON.stringify(facts(found)) : line(found))
  }, withSampleItems)
).pipe(Command.withDescription("Show one sample item."))

export const command = Command.make("sample-item").pipe(
  Command.withDescription("List and show sample items."),
  Command.withSubcommands([list, show])
)
