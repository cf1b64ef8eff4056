import * as Tokens from "../platform/Tokens.ts"

/** The tokens of accounts, by what each is for. */
export const prefixes = {
  key: "fgk_",
  session: "fgs_",
  step: "fgt_",
  attempt: "fgb_",
  device: "fgd_",
  setup: "fgo_",
  invitation: "fgi_",
  reset: "fgr_",
  emailChange: "fge_"
} as const
export type TokenKind = keyof typeof prefixes

export const makeToken = (kind: TokenKind): string => Tokens.makeToken(prefixes[kind])

/** Whether the text could be a token of this kind. Whoever is asked for one that cannot need not ask the database. */
export const isWellFormed = (kind: TokenKind, token: string): boolean => Tokens.isWellFormed(prefixes[kind], token)

/** What is stored of a token: 32 bytes. */
export const hashOf = (token: string): Buffer => Tokens.hashOf(token)
