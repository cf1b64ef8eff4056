import { Problem } from "../platform/contract/Problem.ts"

/** 404: no sample item has this id. */
export class SampleItemNotFound extends Problem<SampleItemNotFound>()("SampleItemNotFound", {
  name: "sample-item-not-found",
  status: 404,
  title: "There is no such sample item",
  explanation: "No sample item has the id in the path. It may have been deleted."
}) {}

/** 409: another sample item has this name. */
export class SampleItemNameTaken extends Problem<SampleItemNameTaken>()("SampleItemNameTaken", {
  name: "sample-item-name-taken",
  status: 409,
  title: "Another sample item has this name",
  explanation:
    "Names of sample items are unique, and another one has this name. Nothing was stored. Choose another name."
}) {}
