/** A violation of an invariant. */
export interface Finding {
  /** The invariant that it violates, such as `answers` or `deaf`. */
  readonly invariant: string
  readonly what: string
  /** Where in the run: the values for `--seed` and `--from`, and the step. */
  readonly step: string
  /** The bytes that were sent. */
  readonly transcript?: string
}

export interface Findings {
  readonly add: (finding: Finding) => void
  readonly all: ReadonlyArray<Finding>
}

// One fault may show in thousands of answers.
const shownOfAKind = 3

/** Shows each finding at once, but only the first few of a kind. */
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
