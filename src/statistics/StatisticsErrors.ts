import { Problem } from "../platform/contract/Problem.ts"

/** The most hours, days or weeks that one answer has. */
export const mostPeriods = 1000

/** 400: the time that was asked for holds nothing, or too many periods. */
export class RangeNotAllowed extends Problem<RangeNotAllowed>()("RangeNotAllowed", {
  name: "range-not-allowed",
  status: 400,
  title: "Statistics of this time cannot be shown",
  explanation: `\`from\` is not before \`to\`, or more than ${mostPeriods} hours, days or weeks lie between them. \`detail\` says which. Ask for a shorter time, or by a longer unit.`
}) {}

/** 404: no note has this id. */
export class NoteNotFound extends Problem<NoteNotFound>()("NoteNotFound", {
  name: "note-not-found",
  status: 404,
  title: "There is no such note",
  explanation: "No note on the statistics has the id in the path. It may have been deleted, or its game was."
}) {}
