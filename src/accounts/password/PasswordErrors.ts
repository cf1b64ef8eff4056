import { Schema } from "effect"
import { Problem } from "../../platform/contract/Problem.ts"
import { refusals } from "./PasswordRefusal.ts"

/** 422: the new password is too easy to guess. */
export class PasswordRefused extends Problem<PasswordRefused>()(
  "PasswordRefused",
  {
    name: "password-refused",
    status: 422,
    title: "The password is too easy to guess",
    explanation:
      "`reason` says why. `too-short`, `too-long`: 15 to 256 characters. `repetitive`: little but repetitions and runs, such as `abcabcabc` and `123456`. `common`: little but words that many passwords have. `service-name`, `personal`: little but the name of this service, or your own name or address. `breached`: it is known from leaks. There are no rules on kinds of characters: several words that do not belong together are good, and so is what a password manager makes."
  },
  { reason: Schema.Literals(refusals).annotate({ description: "Why it was refused.", examples: ["too-short"] }) }
) {}

/** 403: the person is signed in, and the password that they gave as theirs is not. */
export class WrongPassword extends Problem<WrongPassword>()("WrongPassword", {
  name: "wrong-password",
  status: 403,
  title: "This is not the account's password",
  explanation:
    "The operation asks for the password that the account has, besides the session. What was sent is not it, or the account has none. After several wrong ones in a row the next must wait: `too-many-requests`."
}) {}
