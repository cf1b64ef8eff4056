/** What is wrong with a connection's settings or its account, by what the service says of it for people. */
const kinds: ReadonlyArray<readonly [RegExp, string]> = [
  [/\(401\)|\(invalid_api_key\)/u, "key-refused"],
  [/\(403\)|\(access_denied\)/u, "key-forbids"],
  [/^no ESP connection is named /u, "connection-gone"],
  [/^there is no (?:list|audience) |\bis no(?:t a list's)? number\b|^Brevo refuses the list /u, "list-gone"],
  [/\(404\)/u, "nothing-there"],
  [/\(not_enough_money\)/u, "no-money"],
  [/^status-(\d{3})$/u, "status"]
]

/** The word for a reason: a code of the service, or what its text is about. */
export const kindOf = (reason: string): { readonly kind: string; readonly status: string } => {
  for (const [pattern, kind] of kinds) {
    const found = pattern.exec(reason)
    if (found !== null) return { kind, status: found[1] ?? "" }
  }
  return { kind: reason, status: "" }
}
