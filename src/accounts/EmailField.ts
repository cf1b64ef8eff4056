import { Option, Schema } from "effect"
import { normalise } from "../players/Email.ts"

/** The address of a member of the staff, in a request. Clients load this file. */
export const emailField = (description: string) =>
  // Annotated before the check, which JSON Schema cannot express: annotations after it are missing from the document.
  Schema.String.annotate({ title: "Email address", description, examples: ["nora@brand.example"] }).check(
    Schema.makeFilter((text: string) => Option.isSome(normalise(text)) || "Expected an email address")
  )
