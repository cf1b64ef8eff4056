import { Context, Effect, Layer } from "effect"
import type { SqlError } from "effect/sql"
import { randomBytes } from "node:crypto"
import type { NotSignedIn, SecondFactorRequired } from "../../platform/contract/Access.ts"
import type { DatabaseUnavailable } from "../../platform/contract/Problems.ts"
import { newUuid } from "../../platform/Ids.ts"
import { retryTransient } from "../../platform/postgres/Transient.ts"
import { Settings } from "../../platform/settings/Settings.ts"
import type { AccountId } from "../Account.ts"
import { type Attempt, type AttemptPurpose, BrowserAttempts } from "../attempt/BrowserAttempts.ts"
import type { Person } from "../session/SignIn.ts"
import { type LastWayIn, PasskeyNotFound, PasskeyRefused } from "./FactorErrors.ts"
import { type ChangeProblem, Factors } from "./Factors.ts"
import {
  type AssertionOptions,
  type AssertionResponse,
  type Passkey,
  PasskeyId,
  type RegistrationOptions,
  type RegistrationResponse
} from "./Passkey.ts"
import * as PasskeysRepo from "./PasskeysRepo.ts"
import { algorithms, type RelyingParty, verifyAssertion, verifyRegistration } from "./WebAuthn.ts"

/** As long as the attempt: whoever first looks for their security key has the time. */
const timeout = 10 * 60_000

/** Enough for all devices of a person. Browsers are told of each, so that none is added twice. */
const mostPasskeys = 20

/** The user handle: the account's id as 16 bytes, in base64url. It says nothing to anybody else. */
export const handleOf = (accountId: AccountId): string =>
  Buffer.from(accountId.replaceAll("-", ""), "hex").toString("base64url")

const makeChallenge = () => randomBytes(32).toString("base64url")
const challengeOf = ({ secret }: Attempt) => Buffer.from(secret).toString()

const descriptorOf = ({ credentialId, transports }: Passkey) => ({
  id: credentialId,
  type: "public-key" as const,
  transports
})

/** A challenge, and the token of the browser's cookie that it is bound to. */
export interface Asked<Options> {
  readonly options: Options
  readonly token: string
}

/** A passkey that has answered its challenge. It counts once it is used. */
export interface Asserted {
  readonly attempt: Attempt
  readonly passkey: Passkey
  readonly signCount: number
  readonly isBackedUp: boolean
}

/** The passkeys of people: WebAuthn, with the person verified by their device each time. */
export class Passkeys extends Context.Service<
  Passkeys,
  {
    /** The account's passkeys, oldest first: twenty at most. */
    readonly list: (accountId: AccountId) => Effect.Effect<ReadonlyArray<Passkey>, DatabaseUnavailable>
    readonly askToRegister: (
      person: Person,
      party: RelyingParty
    ) => Effect.Effect<Asked<RegistrationOptions>, NotSignedIn | DatabaseUnavailable>
    readonly register: (
      person: Person,
      token: string,
      passkey: { readonly name: string; readonly response: RegistrationResponse },
      party: RelyingParty
    ) => Effect.Effect<Passkey, PasskeyRefused | ChangeProblem>
    readonly rename: (
      person: Person,
      id: PasskeyId,
      name: string
    ) => Effect.Effect<Passkey, PasskeyNotFound | ChangeProblem>
    readonly remove: (
      person: Person,
      id: PasskeyId
    ) => Effect.Effect<void, PasskeyNotFound | LastWayIn | SecondFactorRequired | ChangeProblem>
    /** A challenge for the passkeys of an account, or, where it is not known yet, for whichever the browser offers. */
    readonly ask: (
      attempt: {
        readonly purpose: Extract<AttemptPurpose, "passkey-sign-in" | "passkey-confirmation">
        readonly accountId?: AccountId
        readonly sessionId?: string
      },
      party: RelyingParty
    ) => Effect.Effect<Asked<AssertionOptions>, DatabaseUnavailable>
    /**
     * Checks the answer to a challenge, which is used up by it. Undefined: it is wrong in whatever way, or the passkey's account is
     * disabled.
     */
    readonly assert: (
      token: string,
      purpose: AttemptPurpose,
      response: AssertionResponse,
      party: RelyingParty
    ) => Effect.Effect<Asserted | undefined, DatabaseUnavailable>
    /**
     * Stores the passkey's counter, in the transaction around it. False: there is a copy of it, or it was removed, or its account has
     * been disabled.
     */
    readonly use: (asserted: Asserted) => Effect.Effect<boolean, SqlError.SqlError>
  }
>()("fairground/accounts/factor/Passkeys") {
  static readonly layer = Layer.effect(
    Passkeys,
    Effect.gen(function* () {
      const attempts = yield* BrowserAttempts
      const factors = yield* Factors
      const repo = yield* PasskeysRepo.make
      const retry = retryTransient((yield* Settings).databaseDeadline)

      const list = (accountId: AccountId) => retry(repo.list(accountId))
      const begin = (challenge: string, attempt: Omit<Parameters<typeof attempts.begin>[0], "secret">) =>
        attempts.begin({ ...attempt, secret: Buffer.from(challenge) })

      return Passkeys.of({
        list: Effect.fn("Passkeys.list")(list),
        askToRegister: Effect.fn("Passkeys.askToRegister")(function* (person, party) {
          const { email, name } = yield* factors.nameOf(person.accountId)
          const known = yield* list(person.accountId)
          const challenge = makeChallenge()
          const token = yield* begin(challenge, { purpose: "passkey-registration", ...person })
          return {
            token,
            options: {
              rp: { id: party.id, name: "Fairground" },
              user: { id: handleOf(person.accountId), name: email, displayName: name },
              challenge,
              pubKeyCredParams: algorithms.map((alg) => ({ type: "public-key", alg }) as const),
              timeout,
              excludeCredentials: known.map(descriptorOf),
              authenticatorSelection: {
                residentKey: "preferred",
                requireResidentKey: false,
                userVerification: "required"
              },
              attestation: "none"
            }
          }
        }),
        register: Effect.fn("Passkeys.register")(function* (person, token, { name, response }, party) {
          const attempt = yield* attempts.take(token, ["passkey-registration"])
          if (attempt?.accountId !== person.accountId || attempt.sessionId !== person.sessionId) {
            return yield* new PasskeyRefused({ reason: "expired" })
          }
          const verified = yield* verifyRegistration(response, challengeOf(attempt), party)
          if (verified === undefined) return yield* new PasskeyRefused({ reason: "invalid" })
          const id = PasskeyId.make(yield* newUuid)
          const row = {
            ...verified,
            id,
            accountId: person.accountId,
            transports: response.response.transports ?? [],
            name
          }
          return yield* factors.change(
            person,
            Effect.fnUntraced(function* ({ account, enrolled, tell }) {
              if (account.passkeys >= mostPasskeys) return yield* new PasskeyRefused({ reason: "too-many" })
              const added = yield* repo.insert(row)
              if (added === undefined) return yield* new PasskeyRefused({ reason: "known" })
              yield* enrolled("passkey")
              yield* tell({ _tag: "PasskeyAdded", name })
              return added
            }),
            () => ({ action: "passkey.add", target: { kind: "passkey", id } })
          )
        }),
        rename: Effect.fn("Passkeys.rename")((person, id, name) =>
          factors.change(
            person,
            () =>
              Effect.flatMap(repo.rename(person.accountId, id, name), (renamed) =>
                renamed === undefined ? Effect.fail(new PasskeyNotFound({})) : Effect.succeed(renamed)
              ),
            () => ({ action: "passkey.rename", target: { kind: "passkey", id } })
          )
        ),
        remove: Effect.fn("Passkeys.remove")((person, id) =>
          factors.change(
            person,
            Effect.fnUntraced(function* ({ lost, mayLose, tell }) {
              const removed = yield* repo.remove(person.accountId, id)
              if (removed === undefined) return yield* new PasskeyNotFound({})
              // A refusal undoes the removal.
              yield* mayLose("passkey")
              yield* lost
              yield* tell({ _tag: "PasskeyRemoved", name: removed.name })
            }),
            () => ({ action: "passkey.remove", target: { kind: "passkey", id } })
          )
        ),
        ask: Effect.fn("Passkeys.ask")(function* (attempt, party) {
          const known = attempt.accountId === undefined ? [] : yield* list(attempt.accountId)
          const challenge = makeChallenge()
          const token = yield* begin(challenge, attempt)
          return {
            token,
            options: {
              challenge,
              timeout,
              rpId: party.id,
              allowCredentials: known.map(descriptorOf),
              userVerification: "required"
            }
          }
        }),
        assert: Effect.fn("Passkeys.assert")(function* (token, purpose, response, party) {
          const attempt = yield* attempts.take(token, [purpose])
          if (attempt === undefined) return undefined
          const passkey = yield* retry(repo.byCredential(response.id))
          if (passkey === undefined) return undefined
          if (attempt.accountId !== null && attempt.accountId !== passkey.accountId) return undefined
          // WebAuthn section 7.2, step 6: where nobody was known before, the passkey must say whose it is.
          const handle = response.response.userHandle ?? ""
          if (handle === "" ? attempt.accountId === null : handle !== handleOf(passkey.accountId)) return undefined
          const verified = yield* verifyAssertion(response, passkey, challengeOf(attempt), party)
          return verified === undefined ? undefined : { ...verified, attempt, passkey }
        }),
        use: Effect.fn("Passkeys.use")(function* ({ isBackedUp, passkey, signCount }) {
          // Otherwise a session could be made while the account is being disabled, and would be good again with the account.
          return (yield* repo.hold(passkey.accountId)) && (yield* repo.use(passkey.id, signCount, isBackedUp))
        })
      })
    })
  )
}
