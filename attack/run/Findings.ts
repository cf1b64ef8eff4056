/** Something that may not be. */
export interface Finding {
  /** Which promise it breaks, such as `answers` or `deaf`. */
  readonly invariant: string
  readonly what: string
  /** Where in the run: what to give to `--seed` and `--from`, and which step there. */
  readonly step: string
  /** What was sent. */
  readonly transcript?: string
}

export interface Findings {
  readonly add: (finding: Finding) => void
  readonly all: ReadonlyArray<Finding>
}

// One fault may show in thousands of answers.
const shownOfAKind = 3

/** Shows each finding as it comes, the first few of a kind. */
export const findings = (say: (line: string) => void): Findings => {
  const all: Array<Finding> = []
  return {
    all,
    add: (finding) => {
      const alike = all.filter(({ invariant }) => invariant === finding.invariant).length
      const { transcript: _, ...bare } = finding
      all.push(alike < shownOfAKind ? finding : bare)
      if (alike >= shownOfAKind) return
      say(`FOUND (${finding.invariant}) at ${finding.step}: ${finding.what}`)
      if (finding.transcript !== undefined) say(finding.transcript.replaceAll(/^/gm, "    "))
    }
  }
}
