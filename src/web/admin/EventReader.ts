/**
 * Reads server-sent events from the text of a stream, in whatever pieces it comes. Only what the service sends is understood: `event:`
 * and `data:` lines, and comments, which are passed over.
 */
export const makeEventReader = (take: (event: string, data: string) => void): ((piece: string) => void) => {
  let rest = ""
  let event = ""
  let data: Array<string> = []
  const line = (text: string) => {
    if (text === "") {
      if (event !== "" && data.length > 0) take(event, data.join("\n"))
      event = ""
      data = []
      return
    }
    const colon = text.indexOf(":")
    if (colon <= 0) return
    const value = text.slice(colon + 1).replace(/^ /, "")
    const field = text.slice(0, colon)
    if (field === "event") event = value
    if (field === "data") data.push(value)
  }
  return (piece) => {
    const lines = (rest + piece).split("\n")
    rest = lines.pop() ?? ""
    for (const text of lines) line(text.endsWith("\r") ? text.slice(0, -1) : text)
  }
}
