import { Schema } from "effect"

/** The id of an entity, which a brand makes a type of its own. `entity` is for people, as in "play". Loaded by clients. */
export const uuidV7 = (entity: string, example: string) =>
  Schema.String.check(Schema.isUUID(7)).annotate({
    title: `${entity.charAt(0).toUpperCase()}${entity.slice(1)} id`,
    description: `UUID v7 of ${/^[aeiou]/.test(entity) ? "an" : "a"} ${entity}.`,
    examples: [example]
  })
