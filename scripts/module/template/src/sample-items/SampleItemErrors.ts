import { Problem } from "../platform/Problem.ts"

/** 404: no sample item has this id. */
export class SampleItemNotFound extends Problem<SampleItemNotFound>()("SampleItemNotFound", {
  name: "sample-item-not-found",
  status: 404,
  title: "There is no such sample item",
  explanation: "No sample item has the id in the path. It may have been deleted since the id was read."
}) {}

/** 409: another sample item has this name. */
export class SampleItemNameTaken extends Problem<SampleItemNameTaken>()("SampleItemNameTaken", {
  name: "sample-item-name-taken",
  status: 409,
  title: "Another sample item has this name",
  explanation:
    "The name belongs to another sample item, and no two have the same. Nothing was stored: take another name."
}) {}
