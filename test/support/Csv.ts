/** Reads a file by RFC 4180, and throws where it is not by it: lines end with CRLF, and a quote stands only around a field. */
export const parseCsv = (text: string): ReadonlyArray<ReadonlyArray<string>> => {
  const lines: Array<Array<string>> = []
  let fields: Array<string> = []
  let at = 0
  while (at < text.length) {
    let field = ""
    if (text[at] === '"') {
      for (at++; ; at++) {
        if (at >= text.length) throw new Error("a quoted field has no end")
        if (text[at] !== '"') field += text[at]
        else if (text[at + 1] === '"') field += text[++at]
        else break
      }
      at++
    } else {
      for (; at < text.length && text[at] !== "," && text[at] !== "\r" && text[at] !== "\n"; at++) {
        if (text[at] === '"') throw new Error("a quote in a field without quotes")
        field += text[at]
      }
    }
    fields.push(field)
    if (text[at] === ",") {
      at++
      // The line ends with an empty field.
      if (text.startsWith("\r\n", at)) fields.push("")
      else continue
    }
    if (!text.startsWith("\r\n", at)) throw new Error(`no CRLF at the end of line ${lines.length + 1}`)
    at += 2
    lines.push(fields)
    fields = []
  }
  return lines
}
