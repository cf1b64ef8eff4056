import { Problem } from "../platform/contract/Problem.ts"

/** 404: the player has no contact at this ESP connection. */
export class ContactNotFound extends Problem<ContactNotFound>()("ContactNotFound", {
  name: "contact-not-found",
  status: 404,
  title: "There is no such contact",
  explanation: "The player in the path has no contact at the ESP connection in the path, or there is no such player."
}) {}

/** 409: the contact waits for an attempt, or has a verdict that stands. */
export class ContactNotEnded extends Problem<ContactNotEnded>()("ContactNotEnded", {
  name: "contact-not-ended",
  status: 409,
  title: "The contact cannot be attempted again",
  explanation:
    "Only a contact that was given up without a verdict, or that the ESP has rejected, is attempted again. This one waits for its next attempt already, or has a verdict that stands."
}) {}
