import { Problem } from "../../platform/contract/Problem.ts"

/** 409: there is an owner. */
export class SetupDone extends Problem<SetupDone>()("SetupDone", {
  name: "setup-done",
  status: 409,
  title: "The installation has an owner",
  explanation:
    "The first owner is made once, and there is one. Further people are invited. Who lost the way into the only owner's account uses `fairground account reset` on the machine."
}) {}
