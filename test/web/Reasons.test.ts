import { assert, it } from "@effect/vitest"
import { kindOf } from "../../src/web/admin/esps/Reasons.ts"
import { en } from "../../src/web/admin/words/en.ts"

it("what the service says of an ESP connection has a word for people", () => {
  const kinds = {
    timeout: "timeout",
    "circuit-open": "circuit-open",
    "the credentials are refused (401)": "key-refused",
    "the key is refused (invalid_api_key)": "key-refused",
    "the credentials do not permit it (403)": "key-forbids",
    "the key does not permit it (access_denied)": "key-forbids",
    'no ESP connection is named "shop"': "connection-gone",
    'there is no list "7" in the Klaviyo account': "list-gone",
    'there is no audience "7" (404)': "list-gone",
    'the game\'s list "x" is no number of a Brevo list': "list-gone",
    'the list "x" is not a list\'s number': "list-gone",
    "Brevo refuses the list 7": "list-gone",
    "there is no such thing at the provider (404)": "nothing-there",
    "the account has not enough money (not_enough_money)": "no-money",
    "status-503": "status"
  }
  const words: Readonly<Record<string, string>> = en.contacts.reasons
  for (const [reason, kind] of Object.entries(kinds)) {
    assert.strictEqual(kindOf(reason).kind, kind, reason)
    assert.isString(words[kind], kind)
  }
  assert.deepStrictEqual(kindOf("status-503"), { kind: "status", status: "503" })
  // What nobody has foreseen stays as it was said.
  assert.deepStrictEqual(kindOf("the moon is in the way"), { kind: "the moon is in the way", status: "" })
  assert.isUndefined(words["the moon is in the way"])
})
