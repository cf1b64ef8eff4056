import { Clock, Context, Effect, Exit, Layer, Schema } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { column, OID } from "../../platform/postgres/Arrays.ts"
import * as GroupCommit from "../../platform/GroupCommit.ts"
import { EmailKey } from "../../players/Email.ts"
import { rows } from "../../platform/postgres/Rows.ts"

interface NewContact {
  readonly emailKey: EmailKey
  readonly name: string | null
}

// More than ESP_CONCURRENCY and WORKERS together can be, so the queue is never full.
const capacity = 16_384

const asAdded = rows(Schema.Struct({ emailKey: EmailKey }))

/** The contacts that the sandbox ESP holds. */
export class EspSandboxRepo extends Context.Service<
  EspSandboxRepo,
  {
    /** Adds the contact unless it exists. True: it was added. */
    readonly add: (emailKey: EmailKey, name: string | null) => Effect.Effect<boolean, SqlError.SqlError>
  }
>()("fairground/esp/sandbox/EspSandboxRepo") {
  static readonly layer = Layer.effect(
    EspSandboxRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      const insert = (contacts: ReadonlyArray<NewContact>, at: Date) =>
        sql`
          insert into sandbox_contact (email_key, name, created_at)
          select distinct on (email_key) email_key, name, ${at}::timestamptz
          from unnest(
            ${column(contacts, "emailKey", OID.text)}, ${column(contacts, "name", OID.text)}
          ) with ordinality as contact (email_key, name, place)
          order by email_key, place
          on conflict on constraint sandbox_contact_pkey do nothing
          returning email_key`.pipe(asAdded())

      // Contacts share their commits: the sandbox must not load the database more than a real ESP would.
      const inserts = yield* GroupCommit.make<NewContact, boolean, SqlError.SqlError>({
        name: "sandbox",
        capacity,
        maxBatch: 256,
        writers: 1,
        run: Effect.fnUntraced(function* (contacts) {
          const now = yield* Clock.currentTimeMillis
          const exit = yield* Effect.exit(insert(contacts, new Date(now)))
          const added = new Set(Exit.isSuccess(exit) ? exit.value.map(({ emailKey }) => emailKey) : [])
          // Of several contacts with one address in a batch, only the first was added.
          return contacts.map(({ emailKey }) => Exit.map(exit, () => added.delete(emailKey)))
        })
      })

      return EspSandboxRepo.of({
        add: Effect.fn("EspSandboxRepo.add")((emailKey: EmailKey, name: string | null) =>
          Effect.catchTag(inserts.submit({ emailKey, name }), "QueueFull", Effect.die)
        )
      })
    })
  )
}
