/** The beginning of a text, `most` UTF-16 units at most: no half of a character is left at its end. */
export const cut = (text: string, most: number): string =>
  text.length <= most ? text : text.slice(0, most).replace(/[\uD800-\uDBFF]$/, "")
