import { Problem } from "../platform/contract/Problem.ts"

/** 409: the address is of another account. */
export class EmailTaken extends Problem<EmailTaken>()("EmailTaken", {
  name: "email-taken",
  status: 409,
  title: "Another account has this address",
  explanation: "An address belongs to one account, and another one has it. Nothing was changed."
}) {}

/** 410: a link that works once. */
export class LinkExpired extends Problem<LinkExpired>()("LinkExpired", {
  name: "link-expired",
  status: 410,
  title: "The link does not work any more",
  explanation:
    "A link works once, and for a while: it was used, a newer one took its place, its time is over, or what it was for has changed meanwhile. Ask for a new one."
}) {}
