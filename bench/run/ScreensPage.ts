import { throttle } from "./Browser.ts"
import type * as Screens from "./Screens.ts"
import { short, table, whole } from "./Table.ts"

const kib = (value: number) => `${short(value)} KiB`

const mark = (isMet: boolean) => (isMet ? "met" : "missed")

const sizes = ({ admin, screens, widget }: Screens.Result) =>
  table(
    ["", "size", "at most", ""],
    [
      ["The widget, all games in one script, gzip", kib(widget), "15 KiB", mark(widget <= 15)],
      ["Scripts of the admin's first screen, gzip", kib(admin), "260 KiB", mark(admin <= 260)],
      ...screens.map(({ bytes, name, requests }) => [
        `${name}: all that came over the network, in ${requests} requests`,
        kib(bytes / 1024),
        "",
        ""
      ])
    ]
  )

/** What the Web Vitals call good. */
const good = { cls: 0.1, inp: 200 }

const vitals = ({ screens }: Screens.Result) =>
  table(
    ["", "width", "LCP s", "CLS", "INP ms"],
    screens.map(({ cls, inp, lcp, name, width }) => [
      name,
      `${width} px`,
      (lcp / 1000).toFixed(2),
      cls.toFixed(3),
      whole(inp)
    ])
  )

const aims = ({ screens: [game, ...others] }: Screens.Result) => {
  const all = game === undefined ? others : [game, ...others]
  const worst = (of: (screen: Screens.Screen) => number) => Math.max(...all.map(of))
  const lcp = game?.lcp ?? Number.NaN
  return table(
    ["Aim", "wanted", "found", ""],
    [
      ["LCP of the game page", "at most 0.8 s", `${(lcp / 1000).toFixed(2)} s`, mark(lcp <= 800)],
      [
        "CLS of both",
        `at most ${good.cls}`,
        worst(({ cls }) => cls).toFixed(3),
        mark(worst(({ cls }) => cls) <= good.cls)
      ],
      [
        "INP of both",
        `at most ${good.inp} ms`,
        `${whole(worst(({ inp }) => inp))} ms`,
        mark(worst(({ inp }) => inp) <= good.inp)
      ]
    ]
  )
}

/** The text about sizes and the browser in WEB.md. */
export const screensPage = (result: Screens.Result, plan: Screens.Plan): string => `## Pages in a browser

Chromium visits each page ${plan.rounds} times with an empty cache, under the throttle of a slow phone: ${throttle.latencyMs} ms to each answer, ${throttle.down / 1e6} Mbit/s down,
${throttle.up / 1e6} Mbit/s up, and a processor that is ${throttle.cpu} times slower. Figures are medians. INP is the slowest of the interactions:

${result.screens.map(({ deeds, name }) => `- ${name}: ${deeds}.`).join("\n")}

${vitals(result)}

${aims(result)}

${sizes(result)}
`
