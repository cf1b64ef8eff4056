import { Effect, Schema } from "effect"
import { Connections } from "./Connections.ts"

export class UnknownEsp extends Schema.TaggedError<UnknownEsp>()("UnknownEsp", {
  esp: Schema.String,
  names: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return `There is no ESP connection ${JSON.stringify(this.esp)}. There are: ${this.names.join(", ")}. ESP_CONNECTIONS names them.`
  }
}

/** Fails with `UnknownEsp` unless a connection has this name. */
export const requireEsp = Effect.fnUntraced(function* (esp: string) {
  const { names } = yield* Connections
  if (!names.includes(esp)) return yield* new UnknownEsp({ esp, names })
})
