/**
 * The words of a game's page. The widget has those of English and Russian itself, and takes others from `GET …/page`; the page without
 * JavaScript takes all of them from here. Plurals are objects by category of `Intl.PluralRules`; `{…}` are filled in.
 */
export const en = {
  heading: "Play and win",
  lead: "One play, one chance: enter your email and let’s go.",
  email: "Email",
  emailHint: "Your prize is kept for this address.",
  name: "Name",
  consent: "I agree to receive news and offers by email.",
  play: "Play",
  turning: "Good luck …",
  slow: "It takes a little longer than usual. Your play is kept.",
  wonTitle: "You won",
  lostTitle: "Not this time",
  code: "Your code",
  copy: "Copy",
  copied: "Copied",
  newThanks: "Nice to meet you!",
  returningThanks: "Good to see you again!",
  nthThanks: { one: "You have played {n} time. Thank you!", other: "You have played {n} times. Thank you!" },
  limit: "You have played already",
  limitUntil: "Come back: you can play again from {when}.",
  notOpen: "Not open yet",
  notOpenUntil: "The game opens {when}.",
  over: "The game is over. Thank you to all who played!",
  rateLimited: {
    one: "Many people are playing right now. We try again in {n} second.",
    other: "Many people are playing right now. We try again in {n} seconds."
  },
  offline: "No connection. Your play is kept and sent as soon as you are online.",
  failed: "That did not work. Your play is kept: please try again.",
  again: "Try again",
  badEmail: "Please enter an email address, such as nora@shop.example.",
  needConsent: "Please tick the box to play.",
  needName: "Please enter your name.",
  broken: "This game cannot be shown right now.",
  noScript: "This game needs JavaScript. You can take part here without it.",
  sound: "Sound on",
  mute: "Sound off",
  scratchAll: "Scratch it all",
  question: "Question {n} of {total}",
  of: "{n} of {total}",
  next: "Next",
  score: { one: "{n} point", other: "{n} points" },
  right: "Right!",
  wrong: "Not quite",
  memoryMoves: { one: "{n} move", other: "{n} moves" },
  catchStart: "Catch the gifts: move the basket with the arrow keys, the buttons or your finger, or press 1 to 5.",
  time: "{n} s",
  card: "Card {n}",
  prize: "Your prize",
  close: "Close"
}

type Plural = { readonly [Category in Exclude<Intl.LDMLPluralRule, "other">]?: string } & { readonly other: string }

/** A catalogue has the keys of English, and plural forms where English has them. */
export type PageWords = {
  readonly [Key in keyof typeof en]: (typeof en)[Key] extends string ? string : Plural
}
