import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { type SmtpFailure, verdictOf } from "../../src/mail/SmtpVerdict.ts"

const failures: fc.Arbitrary<SmtpFailure> = fc
  .record({
    command: fc.constantFrom("CONN", "EHLO", "STARTTLS", "AUTH PLAIN", "MAIL FROM", "RCPT TO", "DATA", "API", "RSET"),
    code: fc.option(fc.integer({ min: 200, max: 599 }), { nil: undefined }),
    enhanced: fc.option(fc.tuple(fc.nat(9), fc.nat(20)), { nil: undefined }),
    hasBegun: fc.boolean(),
    isInternationalised: fc.boolean()
  })
  .map(({ code, enhanced, ...rest }) => ({
    ...rest,
    code,
    response:
      code === undefined
        ? ""
        : `${code} ${enhanced === undefined ? "" : `${Math.floor(code / 100)}.${enhanced.join(".")} `}Some text`
  }))

describe("what follows from an answer", () => {
  it("is never the end of a mail where the answer is passing, or not about the mail", () => {
    fc.assert(
      fc.property(failures, (failure) => {
        const isAboutMail = ["MAIL FROM", "RCPT TO", "DATA"].includes(failure.command)
        const isFinal = (failure.code ?? 0) >= 500 && ![503, 530, 534, 535, 538].includes(failure.code ?? 0)
        assert.isTrue((isAboutMail && isFinal) || verdictOf(failure)._tag !== "refused")
      }),
      { numRuns: 2000 }
    )
  })

  it("is a growing pause where the server may have the mail already, so that copies are few", () => {
    fc.assert(
      fc.property(failures, (failure) => {
        const { _tag } = verdictOf({ ...failure, hasBegun: true })
        assert.isTrue(failure.command === "MAIL FROM" || _tag !== "server")
      }),
      { numRuns: 2000 }
    )
  })

  it("is a block only where the answer is about the address, for good", () => {
    fc.assert(
      fc.property(failures, (failure) => {
        const verdict = verdictOf(failure)
        if (verdict._tag !== "refused" || !verdict.isAddress) return
        assert.isAtLeast(failure.code ?? 0, 500)
        assert.match(failure.response, /^5\d\d 5\.[12]\.|^(?:550|551|553|556) Some/)
        assert.notMatch(failure.response, /^5\d\d 5\.2\.[23] /)
      }),
      { numRuns: 2000 }
    )
  })

  it("is never a block for what a server without SMTPUTF8 says of a local part beyond ASCII", () => {
    const beyond = { command: "RCPT TO", hasBegun: false, isInternationalised: true }
    for (const response of ["501 5.1.3 Syntax error", "553 5.6.7 Not ASCII", "550 No such user", "553 Not allowed"]) {
      const verdict = verdictOf({ ...beyond, code: Number(response.slice(0, 3)), response })
      assert.deepStrictEqual(verdict, { _tag: "refused", isAddress: false }, response)
    }
    const dead = verdictOf({ ...beyond, code: 550, response: "550 5.1.1 No such user" })
    assert.deepStrictEqual(dead, { _tag: "refused", isAddress: true })
  })

  it("is never a block for what a server without enhanced codes says of this client", () => {
    const failure = { command: "RCPT TO", hasBegun: false, isInternationalised: false }
    for (const response of [
      // Exim, qmail, Postfix with old restrictions, MailEnable, and a server with a list of blocked clients.
      "550 relay not permitted",
      "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
      "553 sorry, that domain isn't in my list of allowed rcpthosts",
      "550 Relaying denied",
      "551 This mail server requires authentication before sending mail from a locally hosted domain",
      "550 Administrative prohibition",
      "550-192.0.2.7 is listed at a block list\n550 and so it is blocked"
    ]) {
      const verdict = verdictOf({ ...failure, code: Number(response.slice(0, 3)), response })
      assert.deepStrictEqual(verdict, { _tag: "passing" }, response)
    }
    for (const response of [
      "550 No such user here",
      "550 Unrouteable address",
      "550 sorry, no mailbox here by that name (#5.1.1)",
      "551 User not local"
    ]) {
      const verdict = verdictOf({ ...failure, code: Number(response.slice(0, 3)), response })
      assert.deepStrictEqual(verdict, { _tag: "refused", isAddress: true }, response)
    }
  })

  it("reads enhanced codes of answers of several lines", () => {
    const failure = { command: "RCPT TO", hasBegun: false, isInternationalised: false, code: 550 }
    const response = "550-5.2.2 The mailbox of this user\n550 5.2.2 is full"
    assert.deepStrictEqual(verdictOf({ ...failure, response }), { _tag: "refused", isAddress: false })
  })
})
