/** The beginning of a text, at most `most` UTF-16 units long. Never ends with half of a surrogate pair. */
export const cut = (text: string, most: number): string =>
  text.length <= most ? text : text.slice(0, most).replace(/[\uD800-\uDBFF]$/, "")
