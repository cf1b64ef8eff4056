/**
 * The words of a game's page: those of the widget, to the letter, and behind them those of the page without JavaScript alone. The
 * widget carries English and Russian itself, and takes others from `GET …/page`. Plurals are objects by category of `Intl.PluralRules`;
 * `{…}` are filled in.
 */
export const en = {
  heading: "Play and win",
  lead: "It only takes a moment. Good luck!",
  email: "Email",
  emailHint: "Your prize is kept for this address.",
  name: "Name",
  play: "Play",
  turning: "Good luck …",
  slow: "A moment more. Your play is kept.",
  wonTitle: "You won",
  lostTitle: "Not this time",
  code: "Your code",
  copy: "Copy",
  copied: "Copied",
  newThanks: "Nice to meet you!",
  returningThanks: "Good to see you again!",
  nthThanks: { one: "You have played {n} time. Thank you!", other: "You have played {n} times. Thank you!" },
  limit: "You have played already",
  limitUntil: "You can play again from {when}.",
  notOpen: "Not open yet",
  notOpenUntil: "The game opens {when}.",
  over: "The game is over. Thank you!",
  rateLimited: "Many people are playing. We try again in {n} s.",
  offline: "No connection. Your play is kept and sent once you are online.",
  failed: "That did not work. Your play is kept: please try again.",
  again: "Try again",
  badEmail: "Enter an email address, such as nora@shop.example.",
  needConsent: "Please tick the box.",
  needName: "Enter your name.",
  broken: "This game cannot be shown right now.",
  sound: "Sound",
  scratchAll: "Scratch it all",
  question: "Question {n} of {total}",
  of: "{n} of {total}",
  next: "Next",
  score: { one: "{n} point", other: "{n} points" },
  right: "Right!",
  wrong: "Not quite",
  memoryMoves: { one: "{n} move", other: "{n} moves" },
  catchStart: "Catch the gifts: with the arrow keys, the buttons, your finger, or the keys 1 to 5.",
  time: "{n} s",
  card: "Card {n}",
  prize: "Your prize",
  noScript: "This game needs JavaScript. You can take part here without it.",
  wait: "Many people are playing. Please try again in {n} s."
}

type Plural = { readonly [Category in Exclude<Intl.LDMLPluralRule, "other">]?: string } & { readonly other: string }

/** A catalogue has the keys of English, and plural forms where English has them. */
export type PageWords = {
  readonly [Key in keyof typeof en]: (typeof en)[Key] extends string ? string : Plural
}
