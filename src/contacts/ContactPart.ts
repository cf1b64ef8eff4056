import { Context } from "effect"

/**
 * What a module does when contacts change: `with` clauses that run in the statement that changes them, and so in its transaction. They
 * follow the statement's own clauses and may read `changed_contact`, which has a row for each contact that got a verdict, was added
 * without a play, lost its verdict because it is attempted again, or was deleted because its person is forgotten:
 *
 * - `player_id` and `play_id`, the key of the play that asked for the contact;
 * - `before` and `after`, the verdicts: null before it was added, and after it was deleted;
 * - `wait_before` and `wait`, the seconds from when it was asked for (or asked for again) to the verdict of before and of after; null
 *   where that is none.
 *
 * Contacts that plays add are not among them: a `PlayPart` reads `new_contact`. A clause writes rows in the order of their keys and looks
 * up stored rows in laterals, as in a `PlayPart`. Its errors fail the whole statement.
 */
export interface ContactPart {
  /** Clauses for statements that give or take verdicts, without the word `with` and without a comma at either end. */
  readonly changed: string
  /** The same for the statement that deletes contacts. */
  readonly deleted: string
}

/** The parts of the modules that are on. The program's root provides them, for the service and for commands. */
export const ContactParts = Context.Reference<ReadonlyArray<ContactPart>>("fairground/contacts/ContactParts", {
  defaultValue: () => []
})

/**
 * The text that parts add behind the `with` clauses of a statement. `changed` is the query of `changed_contact`. Without parts it is
 * empty.
 */
export const clausesOf = (parts: ReadonlyArray<ContactPart>, kind: keyof ContactPart, changed: string): string =>
  parts.length === 0
    ? ""
    : [`changed_contact as materialized (${changed})`, ...parts.map((part) => part[kind])]
        .map((clause) => `,\n      ${clause}`)
        .join("")

/** The seconds from when a row of `contact` was asked for to its verdict; null: it has none. */
export const waitOf = (contact: string): string =>
  `date_part('epoch', ${contact}.settled_at - coalesce(${contact}.settling_since, ${contact}.created_at))`
