import type { GamePage } from "../../../pages/GamePage.ts"
import { useFormat, useWords } from "../Speech.tsx"
import { errorAt } from "../ui/Checked.ts"
import { TextField } from "../ui/Field.tsx"
import { fill } from "../words/Words.ts"
import { ColourField } from "./ColourField.tsx"
import { Part } from "./Form.tsx"
import { contrastOf } from "./PageDraft.ts"
import type { PageFields } from "./PageFields.ts"

const colours = ["accent", "onAccent", "gold", "paper", "ink"] as const

/** Texts, and the colours behind them. */
const grounds = { onAccent: "accent", ink: "paper" } as const

/** Colours, each text with its contrast as one changes it; and logo, picture, corners. */
export const ThemeFields = ({ change, errors, isDisabled, page }: PageFields) => {
  const words = useWords().games.look
  const format = useFormat()
  const { theme } = page
  const set = (changed: Partial<GamePage["theme"]>) => change({ theme: { ...theme, ...changed } })
  return (
    <Part id="theme" title={words.theme}>
      <div className="colours">
        {colours.map((name) => {
          const ground = name === "onAccent" || name === "ink" ? grounds[name] : undefined
          const found = ground === undefined ? undefined : contrastOf(theme[name], theme[ground])
          const low =
            found?.isLow === true && ground !== undefined
              ? fill(words.contrastLow, { ground: words[ground], ratio: format.number(found.ratio) })
              : undefined
          return (
            <ColourField
              key={name}
              label={words[name]}
              isDisabled={isDisabled}
              error={errorAt(errors, `theme.${name}`) ?? low}
              hint={
                found === undefined || found.isLow
                  ? undefined
                  : fill(words.contrast, { ratio: format.number(found.ratio) })
              }
              value={theme[name]}
              onChange={(colour) => set({ [name]: colour })}
            />
          )
        })}
        <TextField
          label={words.radius}
          hint={words.radiusHint}
          error={errorAt(errors, "theme.radius")}
          type="number"
          inputMode="numeric"
          min={0}
          max={40}
          step={1}
          disabled={isDisabled}
          value={String(theme.radius)}
          onChange={(text) => set({ radius: Number(text) })}
        />
      </div>
      {(["logo", "picture"] as const).map((name) => (
        <TextField
          key={name}
          label={words[name]}
          error={errorAt(errors, `theme.${name}`)}
          {...(name === "picture" ? { hint: words.pictureHint } : {})}
          dir="ltr"
          inputMode="url"
          autoComplete="off"
          spellCheck={false}
          maxLength={500}
          disabled={isDisabled}
          value={theme[name] ?? ""}
          onChange={(text) => set({ [name]: text === "" ? null : text })}
        />
      ))}
    </Part>
  )
}
