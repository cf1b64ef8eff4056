import { Context, DateTime, Effect, Layer, Option, Schema } from "effect"
import { SqlClient, type SqlError, SqlSchema } from "effect/sql"
import { EmailKey } from "../players/Email.ts"

const SandboxContact = Schema.Struct({
  emailKey: EmailKey,
  name: Schema.NullOr(Schema.String),
  createdAt: Schema.DateTimeUtcFromDate
})

/** The contacts that the sandbox ESP holds. */
export class EspSandboxRepo extends Context.Service<
  EspSandboxRepo,
  {
    /** Adds the contact unless it is there. True: it was not. */
    readonly add: (emailKey: EmailKey, name: string | null) => Effect.Effect<boolean, SqlError.SqlError>
  }
>()("fairground/esp/EspSandboxRepo") {
  static readonly layer = Layer.effect(
    EspSandboxRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const insert = SqlSchema.findOneOption({
        Request: SandboxContact,
        Result: Schema.Struct({ emailKey: EmailKey }),
        execute: (contact) =>
          sql`
          insert into sandbox_contact ${sql.insert(contact)}
          on conflict on constraint sandbox_contact_pkey do nothing
          returning email_key`
      })
      return EspSandboxRepo.of({
        add: Effect.fn("EspSandboxRepo.add")(
          function* (emailKey: EmailKey, name: string | null) {
            return Option.isSome(yield* insert({ emailKey, name, createdAt: yield* DateTime.now }))
          },
          Effect.catchTag("SchemaError", Effect.die)
        )
      })
    })
  )
}
